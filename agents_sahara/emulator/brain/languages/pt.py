"""Portuguese, as the simulator knows it."""

from agents_sahara.emulator.brain.languages.language import Grammar, Intents, Language, Phrases

PORTUGUESE = Language(
    code="pt",
    words="""
    o a os as de que e do da em um para é com não uma no se na por mais dos como mas foi ao ele das tem à
    seu sua ou ser quando muito há nos já está eu também só pelo pela até isso ela entre era depois sem
    mesmo aos ter seus quem nas me esse eles estão você tinha foram essa num nem suas meu às minha têm numa
    pelos elas havia seja qual será nós tenho lhe deles essas esses pelas este fosse dele tu te vocês vos
    lhes meus minhas teu tua teus tuas nosso nossa nossos dela delas esta estes estas aquele aquela isto
    aquilo estou estamos somos são sou és fui temos tens posso pode podes podem poderia quero quer queria
    gostaria preciso precisa deve devo onde porque porquê quanto quanta quantos quais aqui ali lá algo
    alguém ninguém nenhum nenhuma nada tudo todo toda todos todas cada outro outra outros sempre nunca ainda
    agora então assim bem muitos pouco menos sobre contra durante desde antes uns umas vai vou fazer faz
    sim feito estava pra quê cadê
    """,
    everyday="""
    olá oi bom boa dia tarde noite obrigado obrigada tchau adeus favor chama chamas chamo nome ajuda ajudar
    ajudar-me hoje amanhã ontem semana mês ano dinheiro casa trabalho pergunta fala falas português inglês
    espanhol problema funciona computador telefone telemóvel celular carro comprar vender perdi perdido
    quebrado melhor pior mau próximo logo cedo criança filho filha família amigo água comida tempo chuva rua
    cidade país mundo gente explicar explique diga-me custa receber recebi enviar chegou aconteceu sim
    desculpe abrir fechar guardar salvar mudar procurar arquivo ficheiro cancelar seguinte erro voo viagem
    encomenda pedido conta reserva minha dúvida gostava consigo
    """,
    letters="áâãàçéêíóôõúü",
    name_after=(
        r"\b(?:o\s+)?(?:seu|teu|vosso)\s+nome\s+(?:é|será|deve\s+ser)",
        r"\b(?:o\s+)?meu\s+nome\s+é",
        r"\b(?:você\s+)?se\s+chama",
        r"\b(?:tu\s+)?chamas-te",
        r"\bte\s+chamas",
        r"\bme\s+chamo",
        r"\bchamo-me",
        r"\bchama-se",
        r"\b(?:chamad[oa]|apelidad[oa])",
        r"\b(?:te\s+chamam|chamam-te|conhecid[oa]\s+como)(?:\s+de)?",
        r"\b(?:apresente-se|apresenta-te)\s+como",
        r"\bresponde(?:s)?\s+pelo\s+nome\s+de",
        r"(?:^|[.;|])[\s*#>•-]{0,8}(?:(?:o\s)?(?:seu|teu)\s)?nome\*{0,2}\s{0,2}:\*{0,2}",
    ),
    you_are=(
        r"\b(?:você|o\s+senhor|a\s+senhora)\s+é",
        r"\btu\s+és",
        r"\bés",
        r"\b(?:eu\s+)?sou",
        r"\baja\s+como",
    ),
    grammar=Grammar(
        speak="""
    fala falas fale falar falem responda responde respondes responder respostas resposta escreva escreve
    escreves escrever comunica comunique use usa utilize lingua idioma converse atende
    """,
        only="so somente apenas unicamente exclusivamente sempre",
        negation="nao nunca jamais nenhum nenhuma nem exceto salvo sem tampouco",
        hand_off="""
    transf* encaminh* passa passe direcion* redirecion* envi* deleg* reencaminh* mand* distribu* atribu*
    """,
        condition="se quando qualquer embora caso",
        other_people="""
    usuario usuarios utilizador utilizadores cliente clientes pessoa pessoas gente quem alguem ele ela eles
    visitante visitantes paciente pacientes
    """,
    ),
    intents=Intents(
        greeting=r"\b(ola|oi|bom dia|boa tarde|boa noite|saudacoes)\b",
        wellbeing=r"\b(como (vai|esta|estas|voce esta)|tudo bem|tudo bom|como tem passado)\b",
        name=r"\b(como (voce )?se chama|como te chamas|como (e que )?te chamas|qual (e )?o (seu|teu) "
        r"nome|(seu|teu) nome"
        r"|quem e voce|quem es( tu)?|com quem (falo|estou falando|estou a falar)|apresente-se|apresenta-te"
        r"|como (e que )?(voce )?se chama)\b",
        thanks=r"\b(obrigad[oa]|muito obrigad[oa]|agradeco|valeu)\b",
        goodbye=r"\b(adeus|tchau|ate (logo|amanha|breve|ja))\b",
        ability=r"\b(o que (voce )?(pode|sabe|consegue) fazer|o que (podes|sabes|consegues) fazer"
        r"|como (voce )?(pode|podes) (me )?ajudar(-me)?|o que (voce )?faz|em que (pode|podes)|quais "
        r"servicos)\b",
    ),
    phrases=Phrases(
        hello="Olá!",
        my_name_is="O meu nome é {name}.",
        this_is="Aqui fala {name}.",
        no_name="Sou o assistente deste serviço; não me deram um nome.",
        how_can_i_help="Em que posso ajudar você hoje?",
        i_am_well="Estou muito bem, obrigado.",
        welcome="De nada! Posso ajudar em mais alguma coisa?",
        goodbye="Até logo e tenha um bom dia!",
        can_do="Estou aqui para ajudar com as suas perguntas.",
        can_connect="Posso colocar você em contato com {desks}.",
        understood="Você escreveu: “{message}”. Ajudo com muito gosto; conte-me os detalhes importantes.",
        understood_briefly="Li a sua mensagem e ajudo com muito gosto; conte-me os detalhes importantes.",
        result="Foi isto que encontrei: {result}",
        conjunction="ou",
    ),
)
