"""German, as the simulator knows it."""

from agents_sahara.emulator.brain.languages.language import Grammar, Intents, Language, Phrases

GERMAN = Language(
    code="de",
    words="""
    der die das und in zu den nicht von sie ist des sich mit dem dass er es ein ich auf so eine auch als an
    nach wie im für man aber aus durch wenn nur war noch werden bei hat wir was wird sein einen welche sind
    oder zur um haben einer mir über ihm diese einem ihr uns da zum kann doch vor dieser mich ihn du hatte
    seine mehr am denn nun unter sehr selbst schon hier bis habe ihre dann ihnen seiner alle wieder meine
    mein meiner meinen meinem zeit gegen vom ganz einzelnen wo muss ohne eines können sei ja wurde jetzt
    immer seinen wohl dieses ihren würde diesen sondern weil welcher nichts diesem alles waren will viel mal
    ja nein servus moin
    wer bin bist habt seid dein deine deinen deiner euer eure dich dir euch ihrem ihres kein keine keinen
    keiner warum wann wieso welches wem wen dort möchte möchten könnte könnten könntest kannst darf soll
    sollte müssen gibt etwas jemand niemand jeder jede jedes beim ins ob damit zwischen während wegen nie
    """,
    everyday="""
    hallo guten tag morgen abend nacht danke bitte tschüss wiedersehen heißt heiße heißen name hilfe helfen
    brauche heute gestern woche monat jahr geld haus arbeit frage sprechen sprichst deutsch englisch
    spanisch gerne problem funktioniert rechner telefon auto kaufen verkaufen verloren kaputt besser
    schlecht gut nächste bald spät kind sohn tochter familie freund wasser essen wetter regen straße stadt
    land leute erklären sagen kostet bekommen erhalten geschickt angekommen passiert jawohl nein
    entschuldigung öffnen schließen speichern ändern suchen datei abbrechen fehler konnte werde geht gehen
    machen macht wissen weiß reise bestellung konto rechnung buchen zurück
    """,
    letters="äöüß",
    name_after=(
        r"\b(?:dein|ihr|euer|der)\s+(?:vor)?name\s+(?:ist|lautet|sei)",
        r"\bmein\s+(?:vor)?name\s+(?:ist|lautet)",
        r"\bdu\s+hei(?:ß|ss)t",
        r"\bsie\s+hei(?:ß|ss)en",
        r"\bhei(?:ß|ss)e(?:\s+ich)?",
        r"\b(?:namens|genannt)",
        r"\bdu\s+wirst\s+(?=\S+\s+genannt)",
        r"\bman\s+nennt\s+dich",
        r"\bnenn(?:e)?\s+dich",
        r"\bstell(?:e)?\s+dich\s+als",
        r"\bhör(?:st|e)?\s+auf\s+den\s+namen",
        r"^\s*(?:vor)?name\s*:",
        r"(?:^|[.;|])[\s*#>•-]{0,8}(?:dein|ihr)\sname\s{0,2}:",
    ),
    you_are=(r"\bdu\s+bist", r"\bsie\s+sind", r"\bich\s+bin"),
    grammar=Grammar(
        speak="""
    sprich sprichst sprechen spreche antworte antwortest antworten antwort schreib schreibe schreibst
    schreiben kommuniziere kommunizierst rede redest verwende benutze nutze sprache
    """,
        only="nur ausschliesslich immer stets bloss allein",
        negation="nicht nie niemals kein keine keinen keiner ausser ohne weder noch",
        hand_off="""
    uberg* weiterleit* leite leitest leiten ubertrag* verweis* verbind* weitergeb* schick* send* delegier*
    vermittl* zuweis* verteil* zustandig
    """,
        condition="wenn falls sobald egal obwohl",
        other_people="""
    nutzer benutzer kunde kunden kundin anwender person personen leute jemand wer anrufer besucher gast
    patient patienten menschen
    """,
    ),
    intents=Intents(
        greeting=r"\b(hallo|guten (tag|morgen|abend)|gruss gott|gruss dich|servus|moin|hi|grussen sie)\b",
        wellbeing=r"\b(wie geht('s| es)|wie geht es (dir|ihnen)|alles klar|wie gehts)\b",
        name=r"\b(wie (heisst|heissen|heist)|wie ist (dein|ihr) (vor)?name|wie lautet (dein|ihr) "
        r"(vor)?name|wer bist du"
        r"|wer sind sie|dein(en)? (vor)?namen?|ihren (vor)?namen|mit wem (spreche|rede|chatte)"
        r"|stell(e)? dich vor"
        r"|stellen sie sich vor|was ist (dein|ihr) name|wie nennt man dich)\b",
        thanks=r"\b(danke|dankeschon|vielen dank|besten dank|herzlichen dank)\b",
        goodbye=r"\b(tschuss|auf wiedersehen|bis (bald|morgen|spater)|gute nacht|ciao)\b",
        ability=r"\b(was kannst du|was konnen sie|wobei kannst du|womit kannst du|wie kannst du mir "
        r"helfen|was machst du"
        r"|wie konnen sie mir helfen|womit konnen sie)\b",
    ),
    phrases=Phrases(
        hello="Hallo!",
        my_name_is="Ich heiße {name}.",
        this_is="Hier ist {name}.",
        no_name="Ich bin der Assistent hier; einen Namen habe ich nicht bekommen.",
        how_can_i_help="Wie kann ich Ihnen heute helfen?",
        i_am_well="Mir geht es gut, danke.",
        welcome="Gern geschehen! Kann ich sonst noch etwas für Sie tun?",
        goodbye="Auf Wiedersehen und einen schönen Tag!",
        can_do="Ich bin hier, um Ihnen bei Ihren Fragen zu helfen.",
        can_connect="Ich kann Sie verbinden mit {desks}.",
        understood="Sie schreiben: „{message}“. Dabei helfe ich Ihnen gern; nennen Sie mir bitte die "
        "wichtigen Einzelheiten.",
        understood_briefly="Ich habe Ihre Nachricht gelesen und helfe Ihnen gern; nennen Sie mir "
        "bitte die wichtigen "
        "Einzelheiten.",
        result="Das habe ich gefunden: {result}",
        conjunction="oder",
    ),
)
