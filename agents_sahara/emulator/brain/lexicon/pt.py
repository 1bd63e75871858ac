"""Portuguese words for the topics."""

PORTUGUESE_TOPICS: dict[str, str] = {
    "refund": "reembols* estorno* estornar dinheiro_volta cobrado_duas cobraram_duas ressarc*",
    "invoice": "fatura* recibo* nota_fiscal boleto*",
    "payment": "pagamento* pagar pago paguei cobran* cobrado cobrada cobraram débito* transferência* "
    "parcela* "
    "pix",
    "price": "preço* custa custam custo* caro cara barat* tarifa* orçamento* quanto_custa",
    "bank": "banco* bancári* iban poupança depósito* saque* saldo multibanco",
    "card": "cartão cartões",
    "tax": "imposto* iva fiscal* finanças tribut* declaração_irs",
    "discount": "desconto* cupom cupão promoção promoções oferta ofertas saldos vale",
    "loan": "empréstimo* crédito* hipoteca* juros dívida*",
    "insurance": "seguro seguros segurad* apólice* sinistro* cobertura*",
    "investing": "invest* ações bolsa carteira fundo fundos pensão aposentadoria reforma criptomoeda* "
    "dividendo* "
    "invest* ações bolsa carteira fundo fundos pensão aposentadoria reforma criptomoeda* dividendo*",
    "finance": "finan* contab* dinheiro tesouraria econom*",
    "order": "pedido* encomend* compra* comprar comprei carrinho",
    "delivery": "entreg* envio* enviar enviado pacote* transportadora rastre* chegou chegar logística "
    "correio* "
    "entreg* envio* enviar enviado pacote* transportadora rastre* chegou chegar logística correio*",
    "return": "devolução devoluções devolver devolvi troca* trocar substitu*",
    "product": "produto* artigo* mercadoria* catálogo*",
    "stock": "estoque disponível disponibilidade inventário esgotad* armazém",
    "warranty": "garantia* defeito* danificad* quebrad* avariad*",
    "clothing": "roupa* vestido* sapato* camisa* casaco* calça* tamanho* moda",
    "shop": "loja*",
    "sales": "vend* venda vendas vendedor* demonstração licença* comercia* plano planos",
    "complaint": "reclam* queixa* insatisf*",
    "password": "senha* palavra-passe palavra_passe redefinir credencia*",
    "login": "iniciar_sessão fazer_login login entrar acesso aceder acessar bloquead* autentica*",
    "bug": "erro erros falha* avaria* trava travou não_funciona bug bugs defeitos",
    "computer": "computador* portátil notebook pc teclado* tela ecrã monitor* hardware dispositivo* rato",
    "internet": "internet wifi rede redes roteador* modem conexão ligação vpn fibra",
    "phone": "telefone* telemóvel* celular* smartphone* sim chamada* roaming",
    "software": "software instal* aplicativo* aplicação programa* atualiz* técnic* informátic*",
    "printer": "impressora* imprimir digitalizador toner tinta",
    "security": "vírus hacker* phishing fraude* golpe* burla* roubad* roubo segurança suspeit*",
    "code": "código programação programar programador* desenvolvedor* python script depurar",
    "data": "dados banco_dados planilha* cópia_segurança nuvem servidor* estatístic* gráfico*",
    "website": "site sites web página* navegador link online",
    "account": "conta contas perfil registo registr* cadastr*",
    "subscription": "assinatura* subscri* renov* mensalidade*",
    "cancellation": "cancel* anular rescindir rescisão",
    "privacy": "privacidade dados_pessoais consentimento lgpd rgpd",
    "flight": "voo voos voar avião aviões companhia_aérea aeroporto* embarque escala",
    "hotel": "hotel hotéis quarto quartos alojamento* hospedagem pousada* hostel",
    "booking": "reserv* bilhete* passagem passagens ingresso* lugar lugares assento*",
    "luggage": "bagage* mala malas",
    "visa": "visto vistos passaporte* imigração residência embaixada consulado cidadania",
    "train": "trem trens comboio* ônibus autocarro* metrô metro estação estações horário*",
    "trip": "viag* viaj* turis* excurs* cruzeiro* roteiro* destino* férias museu* praia*",
    "leave": "férias folga* licença_maternidade licença_médica ausência* baixa_médica maternidade "
    "paternidade "
    "dias_livres",
    "payroll": "salário* ordenado* holerite contracheque vencimento* folha_pagamento horas_extra* "
    "recibo_vencimento",
    "hiring": "contrata* recrut* emprego* vaga vagas candidat* entrevista* currículo carreira*",
    "staff": "rh recursos_humanos funcionári* empregad* colaborador* pessoal colega*",
    "training": "formação treinamento* oficina* certific* seminário*",
    "expense": "despesa* gastos quilometragem ajudas_custo",
    "doctor": "médic* doutor* clínica* hospita* enfermeir* saúde cirurg* diagnóst* cardiolog* dermatolog* "
    "paciente* tratamento*",
    "appointment": "consulta consultas marcação marcar agend* calendário reunião reuniões",
    "medication": "remédio* medicament* comprimido* receita_médica farmácia* farmac* dose doses antibiótico* "
    "vacina*",
    "symptom": "dor dores dói doi febre tosse doente doença* sintoma* náusea* alergia* alérgic* gripe "
    "tontura* "
    "ferid* infecção",
    "dentist": "dentista* dentári* dente dentes",
    "mental": "ansiedade depress* estresse stress terap* psicólog* psicolog* dormir insónia insônia",
    "fitness": "academia ginásio* exercício* ioga yoga músculo* treino* treinador* correr",
    "diet": "dieta* nutri* vegan* vegetarian* proteína* glúten calorias",
    "legal": "jurídic* legal legais lei leis advogad* processo processar tribuna* notári* direitos",
    "contract": "contrato* acordo* cláusula* assinar",
    "rent": "alug* arrend* inquilin* senhorio apartamento* moradia* imóve* imobiliári* proprietári*",
    "repair": "repar* consert* arranj* canalizador* encanador* vazamento* fuga vaza torneira* cano canos "
    "eletricista* aquecimento caldeira* manutenção",
    "furniture": "móvel móveis sofá* mesa cadeira* cama colchão armário*",
    "garden": "jardim jardins jardin* planta plantas flor flores relva árvore* rosas regar",
    "cleaning": "limp* lavandaria lavanderia mancha* aspirador*",
    "energy": "eletric* energia gás contador luz solar apagão",
    "food": "comida* comer restaurante* cardápio* ementa* prato* jantar almoço pizza* cozinha sobremesa*",
    "recipe": "receita* cozinhar cozinho ingrediente* forno assar bolo* pão massa molho* sopa bacalhau",
    "drink": "vinho* cerveja* café chá coquetel bebida* beber",
    "course": "curso* aula aulas lição lições matrícula* matricul* universidade* escola* faculdade* "
    "estudant* "
    "alun* professor* bolsa_estudos educa* disciplina*",
    "exam": "exame* prova provas nota notas trabalho_casa redação",
    "math": "matemátic* álgebra equação equações geometria cálculo integral* derivada* fração frações "
    "teorema* triângulo*",
    "science": "ciência* científic* física químic* biolog* átomo* molécula* gravidade célula* experiência* "
    "astronom* planeta* estrela*",
    "history": "histór* guerra* antig* século* império* roman* medieva* revolução rei reis imperador*",
    "geography": "geograf* capital países continente* rio rios montanha* mapa*",
    "grammar": "gramátic* vocabulário conjuga* pronúncia traduz* traduç* verbo* ortografia",
    "literature": "literatura* romance romances poema* poeta* autor* livro* ler leitura biblioteca* conto*",
    "writing": "escrever redigir texto* resum* corrig* rascunho",
    "music": "música* musical canção canções guitarra* violão piano concerto* banda álbum cantor*",
    "film": "filme* cinema série séries ator atores atriz televisão documentári*",
    "game": "jogo* jogar xadrez videojogo* videogame*",
    "sport": "esport* desport* futebol ténis tênis basquete* partida liga campeonato* jogador* golo gol "
    "olímpic*",
    "car": "carro* automóve* veículo* motor* pneu* freio* travão travões mecânic* oficina_carro bateria "
    "conduzir dirigir",
    "pet": "animal animais cão cães cachorro* gato* veterinári* cavalo* pássaro* estimação",
    "weather": "clima previsão chuva* chover chove neve nevar temperatura* sol tempestade* vento "
    "guarda-chuva "
    "tempo_vai meteorolog*",
    "news": "notícia* jornal jornais polític* eleições eleição governo president*",
    "marketing": "publicidade campanha* redes_sociais anúncio* marca marketing",
    "design": "desenho logótipo* logotipo* gráfic* ilustra* cores",
    "event": "evento* casamento* festa* conferência* convite* aniversário* catering",
    "child": "criança* bebé* bebê* filho filha creche* grávid* gravidez pais",
    "emergency": "emergência* ambulância incêndio* polícia acidente* urgen* resgate",
    "government": "licença_obras câmara_municipal prefeitura* certidão certificado* cartão_cidadão "
    "carta_condução "
    "certidão_nascimento votar administrativ* municip*",
    "parking": "estaciona* multa* trânsito portagem pedágio*",
    "manufacturing": "fábrica* máquina* produção fornecedor* peça peças industria*",
    "farming": "fazenda* quinta colheita* cultivo* trator* fertilizante* vaca* gado agríc* agricult*",
    "research": "pesquisa* investiga* estudo estudos inquérito* hipótese*",
    "joke": "piada* engraçad* adivinha* anedota* humor",
    "donation": "doa* doação doações caridade voluntári* beneficente*",
    "skin": "pele acne sinal eczema dermatolog* coceira comichão manchas_pele",
    "heart": "coração cardi* pressão_arterial palpitaç*",
    "bones": "osso* articulaç* fratura* partido_braço joelho* costas coluna ortop* tornozelo ombro entorse*",
    "eyes": "olho olhos visão óculos ótic* óptic* oftalm* lentes",
    "family_law": "divórci* divorci* guarda_filhos herança* herdar pensão_alimentícia esposa marido "
    "testamento separação",
    "crime": "crime* criminal* penal polícia roubo roubar roubad* furto ladrão assalt* prisão preso",
    "dismissal": "despedi* demiti* demissão rescisão_trabalho indemnização patrão chefe trabalhista",
    "permit": "licença* autorização alvará* obra obras construção",
    "tariff": "tarifa* contratar plano planos portabilidade novo_contrato aderir",
    "property": "casa casas vender_casa comprar_casa imóve* imobiliári* propriedade* apartamento*",
    "database": "banco_dados base_dados sql tabelas",
    "devops": "docker kubernetes contêiner* contentor* implantação infraestrutura",
    "poetry": "poema* poesia* poeta* verso* rima*",
    "translation": "traduz* traduç* tradut* intérprete*",
    "summary": "resum* resumo sintetiz*",
    "workout": "músculo* treino* treinar treinador* força exercício*",
    "art": "arte pintura* pintar escultura* galeria* desenh* artista*",
    "philosophy": "filosof* ética sentido_vida",
    "religion": "igreja* religi* bíblia rezar",
    "economy": "econom* inflação mercado* empresa empresas negócio*",
    "fishing": "pesca pescar barco* navegar porto",
    "gift": "presente* prenda*",
}
"""Topic -> words; `*` ends a stem, `_` joins words that count together only."""
