"""French, as the simulator knows it."""

from agents_sahara.emulator.brain.languages.language import Grammar, Intents, Language, Phrases

FRENCH = Language(
    code="fr",
    words="""
    le la les de des du un une et à être avoir que qui dans en il elle ne pas pour sur se ce plus par je
    avec tout faire son sa ses mettre autre on mais nous comme ou si leur leurs y dire devoir avant deux
    même prendre aussi celui donner bien où fois vous encore nouveau aller cela entre premier vouloir déjà
    grand mon ma mes me moins aucun lui temps très savoir falloir voir quelque sans raison notre nos dont
    non an monde jour monsieur demander alors après trouver personne rendre part dernier venir pendant
    passer peu lequel suite bon comprendre depuis point ainsi heure rester est sont suis es êtes sommes
    était ont ai as avez avons a au aux cet cette ces ton ta tes te votre vos tu ils elles quel quelle quels
    quelles quoi quand comment pourquoi combien puis peux peut pouvez voudrais veux veut j'ai c'est n'est
    qu'est d'un d'une l' j' d' qu' s'il m' t' n' chez vers sous contre toujours jamais rien personne tous
    ça va salut toutes toute chaque plusieurs moi toi soi ici là fait été ait soit
    """,
    everyday="""
    bonjour bonsoir salut merci au revoir bonne journée plaît nom appelles appelle appelez aide aider besoin
    aujourd'hui demain hier semaine mois année argent maison travail question parlez parles français anglais
    espagnol aimerais problème marche fonctionne ordinateur téléphone voiture acheter vendre perdu cassé
    mieux mauvais prochain bientôt tard enfant fils fille famille ami eau nourriture météo pluie rue ville
    pays gens expliquer expliquez dis dites moi coûte recevoir reçu envoyer arrivé passé d'accord oui désolé
    ouvrir fermer enregistrer changer chercher fichier annuler suivant impossible afficher erreur voyage
    billet réserver commande compte
    """,
    letters="àâæçéèêëîïôœùûüÿ",
    name_after=(
        r"\b(?:ton|votre|le)\s+(?:pré)?nom\s+(?:est|sera)",
        r"\bmon\s+(?:pré)?nom\s+est",
        r"\bt'appelles",
        r"\bvous\s+appelez",
        r"\bm'appelle",
        r"\b(?:nommée?|appelée?|prénommée?|surnommée?)",
        r"\bon\s+(?:t'|vous\s+)appelle",
        r"\bprésente[sz]?-(?:toi|vous)\s+(?:comme|sous\s+le\s+nom\s+de)",
        r"\bréponds?\s+au\s+nom\s+de",
        r"^\s*(?:pré)?nom\s*:",
        r"(?:^|[.;|])[\s*#>•-]{0,8}(?:(?:ton|votre)\s)?(?:pré)?nom\*{0,2}\s{0,2}:\*{0,2}",
    ),
    you_are=(r"\btu\s+es", r"\bvous\s+êtes", r"\bje\s+suis", r"\bc'est\s+toi"),
    grammar=Grammar(
        speak="""
    parle parles parlez parler reponds repond repondez repondre reponses reponse ecris ecrivez ecrire
    communique communiquez utilise utilisez langue exprime exprimez converse
    """,
        only="seulement uniquement exclusivement toujours que rien",
        negation="pas jamais aucun aucune ni sauf sans excepte hors guere",
        hand_off="""
    transf* oriente* orientez redirig* dirige* envoi* envoy* aiguill* confi* passe passez delegue* achemin*
    renvoi* renvoy* rout* repart*
    """,
        condition="si s'il quand lorsque quelle quel quelque bien_que",
        other_people="""
    utilisateur utilisateurs client clients cliente clientes personne personnes gens qui quelqu'un elle ils
    elles visiteur visiteurs patient patients celui ceux
    """,
    ),
    intents=Intents(
        greeting=r"\b(bonjour|bonsoir|salut|coucou)\b",
        wellbeing=r"\b(comment (ca va|allez[- ]vous|vas[- ]tu|tu vas|vous allez)|ca va( bien)?)\b",
        name=r"\b(comment (tu )?t'appelles|comment (vous )?vous appelez|tu t'appelles comment|vous "
        r"vous appelez comment"
        r"|comment t'appelles[- ]tu|quel est (ton|votre) (pre)?nom|c'est quoi (ton|votre) (pre)?nom"
        r"|qui es[- ]tu"
        r"|qui etes[- ]vous|tu es qui|vous etes qui|a qui (je parle|ai-je|parle)|presente[sz]?[- ](toi|vous)"
        r"|(ton|votre) (pre)?nom)\b",
        thanks=r"\b(merci|je te remercie|je vous remercie)\b",
        goodbye=r"\b(au revoir|a bientot|a demain|bonne (journee|soiree|nuit)|adieu)\b",
        ability=r"\b(que (peux|sais)[- ]tu faire|que pouvez[- ]vous faire|tu peux faire quoi|qu'est-ce "
        r"que (tu|vous) "
        r"(peux|pouvez|fais|faites|sais|savez)|comment (peux[- ]tu|pouvez[- ]vous) m'aider|quels services)\b",
    ),
    phrases=Phrases(
        hello="Bonjour !",
        my_name_is="Je m'appelle {name}.",
        this_is="Ici {name}.",
        no_name="Je suis l'assistant de ce service ; on ne m'a pas donné de nom.",
        how_can_i_help="Comment puis-je vous aider aujourd'hui ?",
        i_am_well="Je vais très bien, merci.",
        welcome="Je vous en prie ! Puis-je faire autre chose pour vous ?",
        goodbye="Au revoir, et bonne journée !",
        can_do="Je suis là pour répondre à vos questions.",
        can_connect="Je peux vous mettre en relation avec {desks}.",
        understood="Vous avez écrit : « {message} ». Je vous aide avec plaisir ; donnez-moi les "
        "détails importants.",
        understood_briefly="J'ai lu votre message et je vous aide avec plaisir ; donnez-moi les "
        "détails importants.",
        result="Voici ce que j'ai trouvé : {result}",
        conjunction="ou",
    ),
)
