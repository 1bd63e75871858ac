"""Italian, as the simulator knows it."""

from agents_sahara.emulator.brain.languages.language import Grammar, Intents, Language, Phrases

ITALIAN = Language(
    code="it",
    words="""
    il lo la i gli le di a da in con su per tra fra e che non un uno una è sono ho hai ha abbiamo avete
    hanno essere avere fare dire potere volere dovere sapere stare vedere andare venire dare mi ti si ci vi
    ne me te lui lei noi voi loro io tu suo sua suoi sue mio mia miei mie tuo tua tuoi tue nostro nostra
    vostro vostra questo questa questi queste quello quella quelli quelle del dello della dei degli delle al
    allo alla ai agli alle dal dallo dalla dai dagli dalle nel nello nella nei negli nelle sul sullo sulla
    sui sugli sulle col ma o se come quando dove chi cosa quale quali quanto quanta quanti quante perché più
    meno molto molta molti poco tutto tutta tutti tutte altro altra altri anche ancora già mai sempre solo
    così poi prima dopo ora adesso oggi qui lì là bene era stato stata sia siamo siete sei posso può puoi
    possiamo voglio vuole vuoi vorrei devo deve devi c'è ci_sono dell' all' nell' l' un' d' cos' qualcosa
    qualcuno niente nulla nessuno nessun ogni alcuni senza verso contro durante mentre quindi però oppure
    """,
    everyday="""
    ciao buongiorno buonasera buon giorno buona sera notte grazie prego arrivederci favore chiami chiamo
    chiama nome aiuto aiutare aiutarmi bisogno domani ieri settimana mese anno soldi casa lavoro domanda
    parli parla italiano inglese spagnolo piacerebbe problema funziona telefono macchina comprare vendere
    perso rotto meglio peggio prossimo presto tardi bambino figlio figlia famiglia amico acqua cibo tempo
    pioggia strada città paese mondo gente spiegare spiega spiegami dimmi costa ricevere ricevuto inviare
    arrivato successo va scusa scusi aprire chiudere salvare cambiare cercare impossibile annullare seguente
    errore biglietto viaggio volo ordine conto prenotare stai fa
    """,
    letters="àèéìîòù",
    name_after=(
        r"\b(?:il\s+)?(?:tuo|suo|vostro)\s+nome\s+(?:è|e'|sarà)",
        r"\b(?:il\s+)?mio\s+nome\s+è",
        r"\bti\s+chiami",
        r"\bmi\s+chiamo",
        r"\bsi\s+chiama",
        r"\b(?:chiamato|chiamata|di\s+nome|soprannominat[oa])",
        r"\bti\s+chiamano",
        r"\bpresentati\s+come",
        r"\brispondi\s+al\s+nome(?:\s+di)?",
        r"(?:^|[.;|])[\s*#>•-]{0,8}(?:il\s(?:tuo|suo)\s)?nome\*{0,2}\s{0,2}:\*{0,2}",
    ),
    you_are=(r"\b(?:tu\s+)?sei", r"\blei\s+è", r"\b(?:io\s+)?sono", r"\bagisci\s+come"),
    grammar=Grammar(
        speak="""
    parla parli parlare parlate rispondi rispondere risponda rispondete risposte risposta scrivi scrivere
    scriva comunica comunichi usa utilizza lingua conversa
    """,
        only="solo soltanto solamente unicamente esclusivamente sempre",
        negation="non mai nessun nessuna tranne eccetto senza neanche",
        hand_off="""
    trasfer* smist* indirizz* passa passi passalo inoltr* invia* reindirizz* deleg* instrad* affid* mand*
    assegn*
    """,
        condition="se quando qualunque anche_se sebbene",
        other_people="""
    utente utenti cliente clienti persona persone gente chi qualcuno loro visitatore visitatori paziente
    pazienti
    """,
    ),
    intents=Intents(
        greeting=r"\b(ciao|buongiorno|buonasera|buon giorno|buona sera|salve|buon pomeriggio)\b",
        wellbeing=r"\b(come stai|come sta|come va|tutto bene|come state)\b",
        name=r"\b(come ti chiami|come si chiama( lei)?|qual e il (tuo|suo) nome|il tuo nome|il suo "
        r"nome|chi sei|chi e lei"
        r"|con chi (parlo|sto parlando)|presentati|si presenti|dimmi come ti chiami|qual'e il tuo nome)\b",
        thanks=r"\b(grazie|ti ringrazio|la ringrazio)\b",
        goodbye=r"\b(arrivederci|a presto|a domani|buona (notte|giornata|serata)|addio)\b",
        ability=r"\b(cosa (puoi|sai|può|puo) fare|che cosa (puoi|sai|puo) fare|come (puoi|puo) "
        r"aiutarmi|in cosa (puoi|puo)"
        r"|che (cosa )?fai|cosa fai|a cosa servi|quali servizi)\b",
    ),
    phrases=Phrases(
        hello="Ciao!",
        my_name_is="Mi chiamo {name}.",
        this_is="Qui {name}.",
        no_name="Sono l'assistente di questo servizio; non mi è stato dato un nome.",
        how_can_i_help="Come posso aiutarti oggi?",
        i_am_well="Sto molto bene, grazie.",
        welcome="Prego! Posso fare qualcos'altro per te?",
        goodbye="Arrivederci e buona giornata!",
        can_do="Sono qui per aiutarti con le tue domande.",
        can_connect="Posso metterti in contatto con {desks}.",
        understood="Hai scritto: «{message}». Ti aiuto volentieri; dimmi i dettagli che contano.",
        understood_briefly="Ho letto il tuo messaggio e ti aiuto volentieri; dimmi i dettagli che contano.",
        result="Ecco che cosa ho trovato: {result}",
        conjunction="o",
    ),
)
