"""English, as the simulator knows it."""

from agents_sahara.emulator.brain.languages.language import Grammar, Intents, Language, Phrases

ENGLISH = Language(
    code="en",
    words="""
    the of and to a in is it you that he was for on are with as i his they be at one have this from or had
    by not but what all were when we there can an your which their said if do will each about how up out
    them then she many some so these would her him has more than been who its now did down may my me our us
    any only other into could over after also just does doesn't don't didn't isn't i'm i've i'd it's you're
    where why am should because very too here every while being both through during before between such no
    nor own same yours mine whose under again off please must cannot can't won't get got let like want need
    make made know take see it'll we're they're that's everything anything something someone anyone nothing
    everyone anybody somebody always never still even there's what's
    """,
    everyday="""
    hello hi hey good morning afternoon evening night thanks thank bye goodbye name called help today
    tomorrow yesterday much time day week month year people think going look use find give tell work new old
    first last long great little man woman house thing things really right yes maybe sorry nice speak
    english talk question answer show read write back come came went way well nothing left open close file
    files save cancel change search without how's doing happen happened arrived arrive bought buy sell
    broken lost lose better best bad wrong next soon later often explain which much phone computer car money
    home school child children friend family water food weather rain
    """,
    letters="",
    name_after=(
        r"your\s+(?:first\s+|full\s+|given\s+)?name(?:\s+is|'s|\s+will\s+be|\s+shall\s+be|:|\s*=)",
        r"the\s+name\s+is",
        r"my\s+name(?:\s+is|'s)",
        r"(?:you(?:\s+are|'re)|are)\s+(?:called|named|known\s+as)",
        r"\bnamed",
        r"(?:you\s+)?go(?:es)?\s+by(?:\s+the\s+name(?:\s+of)?)?",
        r"(?:call|introduce|identify|present)\s+yourself(?:\s+as)?",
        r"(?:respond|answer)\s+to\s+the\s+name(?:\s+of)?",
        r"\b(?:users|people|customers|everyone|they)\s+(?:will\s+)?(?:call|know)\s+you(?:\s+as)?",
        r"\byou\s+(?:will|shall|must)\s+be\s+(?:called|named)",
        r"(?:^|[.;|])[\s*#>•-]{0,8}name\*{0,2}\s{0,2}:\*{0,2}",
    ),
    you_are=(r"\byou(?:\s+are|'re)", r"\bact\s+as", r"\bpretend\s+to\s+be", r"^\s*i\s+am", r"^\s*i'm"),
    grammar=Grammar(
        speak="""
    speak answer answers reply replies respond response responses write talk communicate use language
    languages converse chat speaking answering
    """,
        only="only exclusively solely always just strictly",
        negation="not never no don't dont doesn't cannot can't without except excluding neither nor "
        "nothing unless won't don doesn won isn aren cannot",
        hand_off="""
    hand* handoff* transfer* route* routing forward* delegate* redirect* send sends sending dispatch*
    escalate* pass passes passing refer refers direct directs triage* connect connects assign assigns
    """,
        condition="if when whenever whatever whichever regardless unless once though although",
        other_people="""
    user users customer customers client clients caller callers people someone they who that person visitor
    visitors guest guests patient patients speaker he she everyone anyone
    """,
    ),
    intents=Intents(
        greeting=r"\b(hello|hi|hey|hiya|howdy|greetings|good (morning|afternoon|evening|day))\b",
        wellbeing=r"\b(how are you|how's it going|how is it going|how do you do|how are things|what's "
        r"up|are you ok)\b",
        name=r"\b(your (first |full )?name|who are you|what are you called|who am i (talking|speaking"
        r"|chatting) (to|with)"
        r"|what (should|can|do|may) i call you|what do (they|people) call you|introduce yourself"
        r"|who('s| is) (this|there)"
        r"|what's ur name)\b",
        thanks=r"\b(thanks|thank you|thx|cheers|much appreciated|appreciate it)\b",
        goodbye=r"\b(bye|goodbye|see you|farewell|good night|have a (nice|good) (day|one|evening|weekend))\b",
        ability=r"\b(what can you do|what do you do|how can you help|can you help me\??$|what are you "
        r"(for|able)"
        r"|what (kind|sort) of (help|things)|your capabilities|what services)\b",
    ),
    phrases=Phrases(
        hello="Hello!",
        my_name_is="My name is {name}.",
        this_is="This is {name}.",
        no_name="I am the assistant here; I was not given a name.",
        how_can_i_help="How can I help you today?",
        i_am_well="I am well, thank you.",
        welcome="You're welcome! Is there anything else I can do for you?",
        goodbye="Goodbye, and have a nice day!",
        can_do="I am here to help you with your questions.",
        can_connect="I can connect you with {desks}.",
        understood="You asked: “{message}”. I am happy to help you with that; tell me any details "
        "that matter.",
        understood_briefly="I have read your message and I am happy to help you with that; tell me "
        "any details that matter.",
        result="Here is what I found: {result}",
        conjunction="or",
    ),
)
