"""How people name languages, and the places whose people speak them, in the six languages and their own.

All folded: lower case, no accents. A name ending in `*` is a stem.
"""

from __future__ import annotations

LANGUAGE_NAMES: dict[str, str] = {
    "en": "english* ingles inglesa ingleses inglese inglesi anglais anglaise* englisch* anglophon* "
    "anglofon* angloparlante*",
    "es": "spanish* espanol* espanhol* spanisch* spagnol* espagnol* castellan* castelhan* castilian* "
    "castigliano castillan kastilisch* hispan* ispanofon* hispanoparlante* hispanohablante*",
    "fr": "french* frances francesa franceses francese francesi francais* franzosisch* francophon* "
    "francofon* frankophon*",
    "de": "german germans deutsch* aleman* alemao alemaes allemand* tedesc* germanophon* germanofon* "
    "germanoparlante* germanohablante*",
    "it": "italian* italienisch* italien* italofon* italophon* italoparlante*",
    "pt": "portugu* portoghes* portugiesisch* lusofon* lusophon* lusoparlante* brazilian portugais*",
    "nl": "dutch neerlandes* holandes* neerlandais* hollandais* niederlandisch* olandes* nederlands flemish",
    "pl": "polski polaco polonais polonaise polnisch* polacco polones",
    "ru": "russian ruso russe russisch* russo русскии",
    "uk": "ukrainian ucraniano ukrainien ukrainisch* ucraino украінська",
    "ja": "japanese japones japonais japanisch* giapponese 日本語",
    "zh": "chinese mandarin* cantonese chino chinois* chinesisch* cinese chines 中文 普通话",
    "ko": "korean coreano coreen* koreanisch* 한국어",
    "ar": "arabic arabe arabisch* arabo العربية",
    "el": "greek griego grec grecque griechisch* greco grego ελληνικα",
    "he": "hebrew hebreo hebreu hebraisch* ebraico עברית",
    "hi": "hindi हिन्दी",
    "tr": "turkish turco turc turque turkisch* turkce",
    "sv": "swedish sueco suedois schwedisch* svedese svenska",
    "da": "danish danes danois danisch* danese dansk",
    "ca": "catalan catala katalanisch* catalao",
}
"""By ISO 639-1 code. 'Polish' is left out: it is also a verb."""

PLACES: dict[str, str] = {
    "es": "spain* espana espagne spanien spagna espanha mexic* mejic* argentin* colombia* chile* "
    "peru* venezuela* madrid",
    "fr": "france* francia frankreich franca paris quebec*",
    "de": "germany alemania allemagne deutschland germania alemanha austria* osterreich* autrich* "
    "dach berlin",
    "it": "italy italia italie roma",
    "pt": "portugal* brazil* brasil* bresil* brasile* lisbo*",
    "en": "uk usa britain british american* england angleterre inglaterra inghilterra ireland australia*",
    "es pt": "iberi* latam latino* latinoameric* lateinamerika* latinamerica* sudamerica* suramerica* "
    "sudamerika* sudamerique*",
    "de fr it": "switzerland suiza suisse schweiz svizzera suica",
    "fr nl": "belgium belgica belgique belgien belgio benelux",
    "es it fr": "mediterran*",
    "es fr it pt": "romance romanic* romanisch* romanz* romane romanes",
    "de en nl": "germanic* germanisch* germanique*",
    "es fr de it pt": "europe* europa* europaisch* eu emea",
    "en es pt": "america americas amerika amerique*",
}
"""Codes of what is spoken at places and in families of languages -> how these are called."""

OTHER_LANGUAGES = (
    r"\b((all |any |every )?other|foreign|various|several|many|multiple|international|non-english"
    r"|world) languages?\b"
    r"|\bnon-english\b|\bmultilingual|\bpolyglot|\binternational (desk|agent|team|customers|support)"
    r"|\b(otr[oa]s|demas|varios|cualquier otro) (idiomas?|lenguas?)|\bmultilingue|\bpoligloto"
    r"|\b(autres?|plusieurs|toute autre) langues?|\blangues? etrangeres?|\bidiomas? extranjeros?"
    r"|\b(andere|anderen|weitere|fremde|alle anderen) sprachen?|\bfremdsprach|\bmehrsprachig"
    r"|\b(altre|altra|diverse) lingu[ae]|\blingue straniere|\bpoliglott"
    r"|\b(outr[oa]s|outra|demais|varios) (idiomas?|linguas?)|\blinguas? estrangeiras?"
)
"""Descriptions of whoever takes the languages that nobody else takes (folded)."""

SCRIPTS: tuple[tuple[str, str], ...] = (
    (r"[\u3040-\u30ff]", "ja"),
    (r"[\uac00-\ud7af]", "ko"),
    (r"[\u4e00-\u9fff]", "zh"),
    (r"[\u0456\u0457\u0454\u0491]", "uk"),
    (r"[\u0400-\u04ff]", "ru"),
    (r"[\u0370-\u03ff]", "el"),
    (r"[\u0590-\u05ff]", "he"),
    (r"[\u0600-\u06ff]", "ar"),
    (r"[\u0900-\u097f]", "hi"),
)
"""Scripts that say which language a message is in, first match first."""
