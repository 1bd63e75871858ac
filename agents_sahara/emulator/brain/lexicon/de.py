"""German words for the topics."""

GERMAN_TOPICS: dict[str, str] = {
    "refund": "rückerstatt* erstatt* geld_zurück rückzahlung* doppelt_abgebucht doppelt_berechnet "
    "doppelt_belastet",
    "invoice": "rechnung* quittung* beleg* abrechnung* fakturierung",
    "payment": "zahl* bezahl* abgebucht abbuchung* lastschrift* überweis* rate raten gebucht",
    "price": "preis* kostet kosten teuer billig* gebühr* tarif* angebot* kostenvoranschlag*",
    "bank": "bank* iban spar* einzahl* geldautomat* kontostand guthaben girokonto",
    "card": "karte karten kreditkarte* ec-karte*",
    "tax": "steuer* mehrwertsteuer finanzamt umsatzsteuer",
    "discount": "rabatt* gutschein* aktion ermäßigung* sonderangebot*",
    "loan": "kredit* darlehen hypothek* zins* schuld* baufinanzierung",
    "insurance": "versicher* schadenfall schaden schadensmeldung police deckung",
    "investing": "invest* aktie* börse* depot fonds rente* kryptowährung* dividende* anlage*",
    "finance": "finanz* buchhalt* geld budget* wirtschaft*",
    "order": "bestell* kauf* gekauft einkauf* warenkorb auftrag*",
    "delivery": "liefer* versand* verschick* paket* sendung* zustell* ankommen angekommen sendungsverfolgung "
    "logistik kurier*",
    "return": "rückgabe* zurückgeb* zurückschick* retour* umtausch* umtauschen ersatz*",
    "product": "produkt* artikel* ware waren katalog*",
    "stock": "lager* vorrätig verfügbar* bestand ausverkauft",
    "warranty": "garantie* gewährleistung defekt* beschädig* kaputt*",
    "clothing": "kleid* schuh* hemd* jacke* hose* größe* mode mantel",
    "shop": "laden geschäft* filiale* onlineshop shop",
    "sales": "vertrieb* verkauf* verkäufer* vorführung lizenz* tarifwechsel",
    "complaint": "beschwer* reklam* unzufrieden*",
    "password": "passwort* kennwort* zurücksetz* zugangsdaten",
    "login": "anmeld* einlogg* login* zugang zugriff gesperrt ausgesperrt",
    "bug": "fehler* absturz* abgestürzt stürzt störung* funktioniert_nicht geht_nicht bug bugs hängt",
    "computer": "computer* rechner* laptop* pc tastatur* maus bildschirm* monitor* hardware gerät*",
    "internet": "internet* wlan netzwerk* router* verbindung* vpn glasfaser",
    "phone": "telefon* handy* mobil* smartphone* sim anruf* roaming",
    "software": "software* install* anwendung* programm* app apps aktualisier* update* technisch* technik* "
    "it-support edv",
    "printer": "druck* scanner* toner tinte",
    "security": "virus viren hack* phishing betrug* betrüg* gestohlen sicherheit* verdächtig*",
    "code": "quellcode programmier* entwickler* python skript* debugg* javascript schnittstelle*",
    "data": "daten datenbank* tabellenkalkulation sicherung* cloud server* statistik* diagramm*",
    "website": "webseite* website* seite seiten browser* link links internetseite* online",
    "account": "konto konten benutzerkonto profil* registrier*",
    "subscription": "abo abonn* abos mitglied* verlänger*",
    "cancellation": "kündig* storn* abbestell* absagen",
    "privacy": "datenschutz* dsgvo einwilligung privatsphäre",
    "flight": "flug* flüge fliegen airline* fluggesellschaft* boarding",
    "hotel": "hotel* zimmer* unterkunft* unterkünfte pension übernacht* herberge*",
    "booking": "buch* gebucht reserv* ticket tickets sitzplatz* karten_konzert fahrkarte*",
    "luggage": "gepäck* koffer* tasche*",
    "visa": "visum visa reisepass* pass einwander* aufenthalt* botschaft konsulat staatsbürger*",
    "train": "zug züge bahn* bus busse u-bahn straßenbahn haltestelle* fahrplan*",
    "trip": "reise* urlaub* touris* ausflug* kreuzfahrt* reiseziel* museum* strand* ferien",
    "leave": "urlaub* freie_tage abwesen* krankmeld* krankgeschrieben elternzeit mutterschutz urlaubstage "
    "frei_nehmen",
    "payroll": "gehalt* lohn* gehälter lohnabrechnung überstunden bonus",
    "hiring": "einstell* bewerb* stelle stellen job jobs vorstellungsgespräch* lebenslauf karriere* "
    "kandidat* "
    "personalsuche",
    "staff": "personal* mitarbeitende* angestellt* kolleg* belegschaft hr",
    "training": "schulung* weiterbild* fortbild* workshop* zertifi*",
    "expense": "spesen* auslagen reisekosten",
    "doctor": "arzt* ärzt* klinik* krankenhaus* praxis medizin* krankenschwester gesundheit* operation* "
    "diagnos* kardiolog* dermatolog* patient* behandl*",
    "appointment": "termin* kalender* verein* besprechung* sprechstunde",
    "medication": "tablette* medikament* rezept* apotheke* dosis dosier* antibiotik* impf* arznei*",
    "symptom": "schmerz* kopfschmerz* bauchschmerz* fieber husten krank* symptom* übelkeit allerg* grippe "
    "schwindel* verletz* tut_weh",
    "dentist": "zahn* zähne",
    "mental": "angst depress* stress* therap* psycholog* schlaf* burnout",
    "fitness": "fitness* training* sport_machen yoga muskel* laufen trainer*",
    "diet": "diät* ernähr* vegan* vegetar* protein* eiweiß gluten* kalorie*",
    "legal": "recht rechts* gesetz* anwalt* anwält* jurist* klage* gericht* prozess "
    "erbschaft* notar* verklag*",
    "contract": "vertrag* verträge vereinbarung* klausel* unterschr*",
    "rent": "miet* wohnung* vermiet* immobilie* eigentum* kaution nebenkosten",
    "repair": "repar* klempner* undicht* tropft rohr* wasserhahn handwerk* elektriker* heizung* "
    "kessel wartung* "
    "leck*",
    "furniture": "möbel* sofa* tisch* stuhl* stühle bett* matratze* schrank*",
    "garden": "garten* gärtner* pflanz* blume* rasen baum bäume rosen gießen",
    "cleaning": "reinig* putz* sauber* wäsche fleck* staub*",
    "energy": "strom* energie* gas* zähler* stromzähler solar* stromausfall",
    "food": "essen restaurant* speise* gericht_menü menü* abendessen mittagessen frühstück pizza* küche "
    "nachtisch*",
    "recipe": "kochrezept* kochen koche gekocht backen zutat* ofen kuchen brot nudeln soße* suppe* pfanne",
    "drink": "wein* bier* kaffee* tee cocktail* getränk* trinken",
    "course": "kurs* unterricht* lektion* universität* schule* schüler* student* studium lehrer* stipendi* "
    "bildung* hochschule*",
    "exam": "prüfung* klausur* note noten hausaufgabe* aufsatz*",
    "math": "mathe* algebra gleichung* geometrie rechnen integral* ableitung* bruch brüche dreieck* "
    "satz_pythagoras",
    "science": "wissenschaft* physik* chemi* biolog* atom* molekül* schwerkraft zelle zellen experiment* "
    "astronom* planet* stern sterne",
    "history": "geschicht* histor* krieg* antik* jahrhundert* reich römisch* mittelalter* revolution* könig* "
    "kaiser*",
    "geography": "geograf* geograph* hauptstadt* länder kontinent* fluss flüsse gebirge berg* landkarte*",
    "grammar": "gramm* wortschatz konjug* aussprache übersetz* verb verben rechtschreib*",
    "literature": "literatur* roman* gedicht* dichter* autor* buch bücher lesen bibliothek* geschichten",
    "writing": "schreiben verfass* text* zusammenfass* korrigier* entwurf*",
    "music": "musik* lied lieder gitarre* klavier* konzert* band album* sänger*",
    "film": "film* kino serie* schauspieler* fernseh* dokumentar*",
    "game": "spiel* schach rätsel videospiel*",
    "sport": "sport* fußball* tennis* basketball* liga meisterschaft* spieler* tor tore olympi*",
    "car": "auto autos wagen fahrzeug* motor* reifen* bremse* mechaniker* ölwechsel werkstatt* batterie "
    "fahren kfz",
    "pet": "haustier* hund* katze* welpe* tierarzt* tier tiere pferd* vogel",
    "weather": "wetter* regen* regnet schnee* schneit temperatur* sonnig sonne sturm* gewitter* wind* "
    "vorhersage* regenschirm",
    "news": "nachricht* zeitung* politi* wahl wahlen regierung* schlagzeile* präsident*",
    "marketing": "werbung* werbe* kampagne* soziale_medien anzeige* marke marken marketing* newsletter*",
    "design": "design* logo* grafik* illustr* farbe* gestalt*",
    "event": "veranstalt* hochzeit* feier* fest konferenz* einladung* geburtstag* catering",
    "child": "kind kinder* baby* sohn tochter kita* schwanger* eltern*",
    "emergency": "notfall* notruf krankenwagen feuer* brand polizei* unfall* dringend* rettung*",
    "government": "genehmig* amt ämter behörde* bescheinigung* personalausweis* geburtsurkunde* "
    "führerschein* "
    "rathaus verwaltung* wählen bürger*",
    "parking": "park* parkplatz* bußgeld* strafzettel* verkehr* maut*",
    "manufacturing": "fabrik* maschine* produktion* fertigung* lieferant* ersatzteil* industri*",
    "farming": "bauernhof* ernte* traktor* dünger* kuh kühe vieh* landwirt* acker*",
    "research": "forsch* studie studien umfrage* hypothese*",
    "joke": "witz* lustig* rätsel* humor*",
    "donation": "spende* ehrenamt* wohltätig* gemeinnützig*",
    "skin": "haut* ausschlag akne muttermal ekzem* dermatolog* juckt juckreiz",
    "heart": "herz* kardio* blutdruck puls",
    "bones": "knochen* gelenk* bruch gebrochen fraktur* arm_gebrochen bein_gebrochen knie* rücken "
    "wirbelsäule orthop* knöchel schulter verstaucht",
    "eyes": "auge augen* sehkraft brille* optik* linse*",
    "family_law": "scheid* scheiden sorgerecht erb* unterhalt ehe ehemann ehefrau testament trennung "
    "familienrecht",
    "crime": "straf* verbrech* kriminal* polizei dieb* gestohlen einbruch überfall* verhaft* gefängnis "
    "anzeige",
    "dismissal": "entlass* gekündigt abfindung arbeitgeber* arbeitsrecht chef gefeuert",
    "permit": "genehmig* bau* lizenz* erlaubnis baustelle",
    "tariff": "tarif* vertrag_abschließen neuen_vertrag abschließen anbieterwechsel neuer_vertrag "
    "paketangebot",
    "property": "haus häuser haus_verkaufen haus_kaufen immobilie* eigentumswohnung wohnung wohnungen "
    "makler*",
    "database": "datenbank* sql abfrage* tabelle*",
    "devops": "docker kubernetes container* deployment* infrastruktur",
    "poetry": "gedicht* lyrik dichter* reim*",
    "translation": "übersetz* dolmetsch*",
    "summary": "zusammenfass* fasse_zusammen kurzfassung fass_zusammen",
    "workout": "muskel* trainier* training* trainer* hanteln kraft*",
    "art": "kunst* malen malerei gemälde skulptur* galerie* zeichn* künstler*",
    "philosophy": "philosoph* ethik sinn_lebens",
    "religion": "kirche* religi* bibel beten",
    "economy": "wirtschaft* inflation markt märkte unternehmen firma firmen",
    "fishing": "angeln fisch* boot* segel* hafen",
    "gift": "geschenk*",
}
"""Topic -> words; `*` ends a stem, `_` joins words that count together only."""
