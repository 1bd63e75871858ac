"""Spanish, as the simulator knows it."""

from agents_sahara.emulator.brain.languages.language import Grammar, Intents, Language, Phrases

SPANISH = Language(
    code="es",
    words="""
    el la de que y a en un ser se no haber por con su para como estar tener le lo todo pero más hacer o
    poder decir este ir otro ese si me ya ver porque dar cuando él muy sin vez mucho saber qué sobre mi
    alguno mismo yo también hasta año dos querer entre así primero desde grande eso ni nos llegar pasar
    tiempo ella sí día uno bien poco deber entonces poner cosa tanto hombre parecer nuestro tan donde ahora
    parte después vida quedar siempre creer hablar llevar dejar nada cada seguir menos nuevo encontrar los
    las del al una unos unas es son está están estoy era fue soy eres somos hay ha han he hemos tengo tiene
    tienes quiero quiere puedo puede puedes pueden podría mis tu tus sus te les os usted ustedes ellos ellas
    nosotros cuál cuáles quién dónde cómo cuándo cuánto cuánta esta estos estas esos esas aquí ahí allí algo
    qué tal alguien ningún ninguna nadie nunca hacia durante según contra e u había sido hace hacen
    """,
    everyday="""
    hola buenos buenas días tardes noches gracias adiós favor llamas llamo llama nombre ayuda ayudar
    ayudarme necesito mañana hoy ayer semana mes dinero casa trabajo pregunta hablas español inglés gusta
    gustaría saber cuenta pedido problema funciona ordenador teléfono coche comprar vender quisiera vuelta
    tengo perdido roto mejor peor malo bueno próximo pronto tarde temprano niño hijo hija familia amigo agua
    comida tiempo lluvia calle ciudad país mundo gente explica explicar dime dígame cuesta recibir recibido
    enviar llegado ocurrió pasa luego vale claro perdón abrir cerrar guardar cambiar buscar archivo fichero
    no puedo cancelar siguiente ciudad reserva quién viaje
    """,
    letters="áéíóúüñ¿¡",
    name_after=(
        r"\b(?:tu|su|vuestro|el)\s+nombre\s+(?:es|será|debe\s+ser)",
        r"\bmi\s+nombre\s+es",
        r"\bte\s+llamas",
        r"\bme\s+llamo",
        r"\bse\s+llama(?:\s+usted)?",
        r"\b(?:llamado|llamada|apodado|apodada)",
        r"\bte\s+(?:conocen|llaman)(?:\s+como)?",
        r"\bpreséntate\s+como",
        r"\bresponde\s+al\s+nombre(?:\s+de)?",
        r"(?:^|[.;|])[\s*#>•-]{0,8}(?:(?:tu|su)\s)?nombre\*{0,2}\s{0,2}:\*{0,2}",
    ),
    you_are=(r"\beres", r"\busted\s+es", r"\bactúa\s+como", r"\bsoy"),
    grammar=Grammar(
        speak="""
    hablas hablar habla hable responde responder responda respondes respuestas respuesta contesta contestar
    contestas conteste escribe escribir escribes escriba comunicate comunicas usa utiliza idioma lengua
    atiende atiendes conversa dialoga hablante
    """,
        only="solo solamente unicamente exclusivamente siempre nada",
        negation="no nunca jamas ni excepto salvo sin tampoco ningun ninguna",
        hand_off="""
    transf* deriv* pasa pasale pasalo redirig* envia* dirige* encamin* remit* traspas* reenvi* deleg*
    conecta* desvi* enruta* clasifica* asigna*
    """,
        condition="si cuando aunque siempre_que",
        other_people="""
    usuario usuarios cliente clientes persona personas gente quien quienes alguien ella ellos visitante
    visitantes paciente pacientes
    """,
    ),
    intents=Intents(
        greeting=r"\b(hola|buenos dias|buenas tardes|buenas noches|buenas|saludos|que tal)\b",
        wellbeing=r"\b(como estas|como esta usted|que tal( estas)?|como te va|como va todo|como le va)\b",
        name=r"\b(como te llamas|como se llama( usted)?|cual es (tu|su) nombre|tu nombre|quien eres"
        r"|quien es usted"
        r"|con quien hablo|con quien estoy hablando|presentate|como te llaman|dime como te llamas)\b",
        thanks=r"\b(gracias|muchas gracias|agradezco|agradecido|agradecida)\b",
        goodbye=r"\b(adios|hasta luego|hasta pronto|hasta manana|nos vemos|chao|chau)\b",
        ability=r"\b(que puedes hacer|que puede hacer|que sabes hacer|en que (me )?puedes ayudar(me)?"
        r"|que haces"
        r"|para que sirves|en que (me )?puede ayudar(me)?|que servicios)\b",
    ),
    phrases=Phrases(
        hello="¡Hola!",
        my_name_is="Me llamo {name}.",
        this_is="Aquí {name}.",
        no_name="Soy el asistente de aquí; no me han dado un nombre.",
        how_can_i_help="¿En qué puedo ayudarte hoy?",
        i_am_well="Estoy muy bien, gracias.",
        welcome="¡De nada! ¿Puedo ayudarte en algo más?",
        goodbye="¡Adiós, y que tengas un buen día!",
        can_do="Estoy aquí para ayudarte con tus preguntas.",
        can_connect="Puedo ponerte en contacto con {desks}.",
        understood="Has escrito: «{message}». Con mucho gusto te ayudo con eso; cuéntame los detalles "
        "importantes.",
        understood_briefly="He leído tu mensaje y con mucho gusto te ayudo con eso; cuéntame los "
        "detalles importantes.",
        result="Esto es lo que he encontrado: {result}",
        conjunction="o",
    ),
)
