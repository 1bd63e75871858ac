"""English words for the topics."""

ENGLISH_TOPICS: dict[str, str] = {
    "refund": "refund* reimburs* money_back chargeback overcharg* charged_twice billed_twice give_back",
    "invoice": "invoic* bill bills billing billed receipt* statement*",
    "payment": "pay pays paid paying payment* charge charges charged debit* transfer* checkout installment* "
    "instalment* paypal",
    "price": "price* pricing cost costs expensive cheap* fee fees tariff* rate rates quote quotes quotation* "
    "how_much",
    "bank": "bank* iban savings deposit* withdraw* atm balance wire",
    "card": "credit_card card cards visa_card mastercard pin",
    "tax": "tax taxes vat fiscal taxation deduct* irs",
    "discount": "discount* coupon* voucher* promo* promotion* offer offers sale deal deals code_promo "
    "gift_card "
    "loyalty",
    "loan": "loan* credit mortgage* borrow* lend* interest debt*",
    "insurance": "insur* claim claims coverage policyholder* premium premiums deductible",
    "investing": "invest* stock_market shares portfolio* fund funds pension* crypto* bitcoin "
    "dividend* broker* "
    "invest* stock_market shares portfolio* fund funds pension* crypto* bitcoin dividend* broker*",
    "finance": "financ* accounting accountant* money bookkeep* budget* treasur* economic*",
    "order": "order orders ordered ordering purchase* bought buy buying basket cart",
    "delivery": "deliver* ship ships shipped shipping shipment* parcel* package packages courier* dispatch* "
    "tracking track arriv* logistic*",
    "return": "return returns returned returning exchange* send_back replac* swap",
    "product": "product* item items article* merchandise catalog* goods model_number",
    "stock": "stock in_stock available availability inventory sold_out restock* warehouse*",
    "warranty": "warrant* guarantee* defect* faulty damaged broken",
    "clothing": "cloth* dress* shoe* shirt* jacket* trousers size sizes sizing fashion pants coat sneakers",
    "shop": "shop* store stores retail* e-commerce ecommerce",
    "sales": "sell* selling sales seller* demo enterprise_plan salesperson upgrade* plan plans trial licen* buyer* "
    "prospect* "
    "lead leads",
    "complaint": "complain* feedback dissatisf* unhappy grievance* escalat*",
    "password": "password* passcode* reset credential* 2fa two-factor",
    "login": "login* log_in logging_in sign_in signin locked_out access authentica*",
    "bug": "bug bugs error errors crash* freez* frozen malfunction* exception stack_trace glitch* "
    "not_working doesn't_work outage* troubleshoot* broken",
    "computer": "computer* laptop* pc desktop notebook keyboard* mouse monitor* hardware screen "
    "macbook device* "
    "computer* laptop* pc desktop notebook keyboard* mouse monitor* hardware screen macbook device*",
    "internet": "internet wifi wi-fi network* router* modem* connection* vpn broadband fiber fibre bandwidth",
    "phone": "phone* mobile* smartphone* iphone android sim roaming telephone* call calls handset*",
    "software": "software install* app apps application* program programs windows linux driver* "
    "update* technical "
    "tech technician* it_support",
    "printer": "print* scanner* toner ink cartridge*",
    "security": "virus* malware hack* phishing security fraud* scam* stolen suspicious breach* spam",
    "code": "code coding programming python javascript java developer* api apis function functions script "
    "scripts compile* debug* repository git deploy* sql rust typescript",
    "data": "data database* spreadsheet* excel backup* storage cloud server* dashboard* analytic* statistic* "
    "chart*",
    "website": "website* web page pages site browser* link links online homepage domain",
    "account": "account accounts profile* username registration register* sign_up",
    "subscription": "subscri* membership* renew* unsubscrib*",
    "cancellation": "cancel* terminate* termination",
    "privacy": "privacy gdpr personal_data consent",
    "flight": "flight* fly flying airline* plane* airport* boarding layover aircraft",
    "hotel": "hotel* room rooms accommodation* hostel* stay suite check-in resort* lodging airbnb guesthouse",
    "booking": "book booking* booked reserv* ticket tickets seat seats",
    "luggage": "luggage baggage suitcase* bag bags",
    "visa": "visa visas passport* immigration residence_permit citizenship embassy consulate border",
    "train": "train trains rail railway* bus buses subway metro station* tram timetable*",
    "trip": "trip trips travel* journey* tour tours tourist* tourism excursion* cruise* itinerar* sightsee* "
    "destination* holiday holidays vacation* museum* beach*",
    "leave": "leave vacation* days_off day_off time_off absence* sick_leave holiday holidays pto maternity "
    "paternity parental",
    "payroll": "payroll payslip* salar* wage wages paycheck* bonus overtime compensation",
    "hiring": "hire hiring recruit* job jobs vacanc* applicant* candidate* interview* cv resume career* "
    "position positions apply onboarding",
    "staff": "hr human_resources employee* staff personnel colleague* workplace coworker* benefits workforce "
    "employ*",
    "training": "training* workshop* seminar* certification* coaching",
    "expense": "expense* expenses per_diem mileage reimbursement*",
    "doctor": "doctor* physician* clinic* hospital* medical medicin* nurse* health* gp surgeon* surgery "
    "specialist_doctor diagnos* cardiolog* dermatolog* patient* treatment*",
    "appointment": "appointment* schedul* reschedul* calendar meeting* slot slots agenda",
    "medication": "pill pills drug drugs prescription* pharmac* dose dosage tablet tablets "
    "antibiotic* aspirin "
    "ibuprofen vaccin* medication*",
    "symptom": "pain pains painful ache aches headache* fever cough* sick ill illness* symptom* hurt hurts "
    "nausea allerg* flu rash sore dizzy injur* disease* infection* cold bleeding",
    "dentist": "dentist* dental tooth teeth toothache",
    "mental": "anxi* depress* stress* therap* psycholog* sleep insomnia mental counsel* burnout",
    "fitness": "gym fitness workout* exercis* yoga muscle* running trainer* weight calorie*",
    "diet": "diet* nutrition* vegan vegetarian protein gluten calorie*",
    "legal": "legal law laws lawyer* attorney* sue sued lawsuit* court courts litigation* "
    "notar* rights copyright trademark* patent* liability",
    "contract": "contract* agreement* clause* terms nda sign signature*",
    "rent": "rent rents rental renting tenant* landlord* lease* apartment* flat real_estate property "
    "properties realtor* house_hunting",
    "repair": "repair* fix fixing plumb* leak* leaking maintenance pipe pipes faucet electrician* handyman "
    "heating boiler* roof broken",
    "furniture": "furniture sofa* table chair chairs bed mattress* wardrobe* kitchen interior",
    "garden": "garden* plant plants flower* lawn tree trees seeds soil watering rose roses",
    "cleaning": "clean* laundry housekeep* vacuum dust stain stains",
    "energy": "electric* energy gas meter power solar kwh utility utilities water_bill outage",
    "food": "food* eat eating restaurant* menu* dish dishes dinner lunch breakfast meal meals pizza* "
    "table_for chef* cuisine dessert*",
    "recipe": "recipe* cook* bak* ingredient* oven boil* fry cake* bread pasta carbonara sauce soup dough",
    "drink": "wine* beer* coffee tea cocktail* drink* sommelier beverage*",
    "course": "course* class classes lesson* enrol* curriculum tuition university universities "
    "college school* "
    "student* teacher* scholarship* semester degree tutor* education*",
    "exam": "exam* test tests grade grades homework assignment* essay*",
    "math": "math* solve algebra equation* geometry calculus integral* derivative* arithmetic fraction* theorem* "
    "triangle* multiply divided",
    "science": "science* scientific physic* chemistr* chemical* biolog* atom* molecule* gravity quantum cell "
    "cells photosynthesis experiment* astronom* planet* star stars",
    "history": "histor* war wars ancient century empire* roman* medieval revolution* king kings emperor* "
    "napoleon president*",
    "geography": "geograph* capital country countries continent* river rivers mountain* map maps",
    "grammar": "grammar* vocabulary conjugat* pronunciation translat* verb verbs spelling linguist*",
    "literature": "literatur* novel* poem* poet* author* book books read reading library libraries "
    "story stories "
    "writer*",
    "writing": "write writing rewrite draft* text summar* proofread* edit editing copywrit* blog*",
    "music": "music* song* guitar* piano* concert* band bands album* melody singer* playlist*",
    "film": "film* movie* cinema series actor* actress* tv television netflix streaming documentar*",
    "game": "game* gaming player* chess puzzle* videogame* xbox playstation",
    "sport": "sport* football soccer tennis basketball match matches team_score league* championship* "
    "player* "
    "goal goals olympic* score",
    "car": "car cars vehicle* auto automobile* engine* tyre* tire tires brake* mechanic* oil_change garage* "
    "driving motor* dealership* gearbox battery",
    "pet": "pet pets dog dogs cat cats puppy kitten* vet veterinar* animal* horse* bird birds",
    "weather": "weather forecast* rain* snow* temperature* sunny storm* wind cloud* umbrella degrees",
    "news": "news newspaper* politic* election* government headlines journalis* president*",
    "marketing": "market* advert* campaign* social_media newsletter* brand* seo audience* slogan*",
    "design": "design* logo* graphic* illustrat* color colour colours layout* ui ux figma",
    "event": "event* wedding* party parties conference* venue* invitation* birthday* catering",
    "child": "child* baby babies kid kids toddler* parent* kindergarten nursery pregnan*",
    "emergency": "emergenc* ambulance fire police accident* urgent urgently rescue",
    "government": "permit* municipal* council certificate* birth_certificate driving_licence "
    "city_hall town_hall "
    "civil vote voting administrative public_services id_card",
    "parking": "parking park_my fine fines traffic toll tolls ticket_fine",
    "manufacturing": "factory factories machine* production assembly quality_control supplier* "
    "procurement spare_part* "
    "industrial",
    "farming": "farm* crop crops harvest* tractor* fertili* cow cows livestock soil agricultur*",
    "research": "research* paper papers study studies citation* survey* hypothes*",
    "joke": "joke* funny riddle* humor humour comic entertain*",
    "donation": "donat* charit* volunteer* fundrais* nonprofit ngo",
    "skin": "skin rash* acne mole eczema sunburn itch* dermatolog*",
    "heart": "heart* cardi* blood_pressure pulse palpitation*",
    "bones": "bone bones joint joints fracture* broke_arm broken_arm broke_leg broken_leg knee* "
    "back_pain spine orthop* ankle* shoulder* sprain*",
    "eyes": "eye eyes vision glasses optic* ophthalm* blind lens* contact_lens*",
    "family_law": "divorce* custody inherit* alimony marriage married spouse heir heirs testament wills",
    "crime": "crime* criminal* police theft stole stolen robbed robbery burglar* assault* arrest* jail "
    "prison murder*",
    "dismissal": "dismiss* fired laid_off layoff* severance redundan* resign* employer* labor labour boss",
    "permit": "permit* license* licence* building_permit authoriz* approval zoning construction",
    "tariff": "plan plans tariff* contract_new new_contract sign_up switch_provider portab* package_deal "
    "bundle*",
    "property": "house_sale sell_house buy_house sell_my estate property properties home_sale realtor* "
    "house houses apartment*",
    "database": "database* sql quer* tables join joins postgres* mysql table_rows schema*",
    "devops": "docker kubernetes container* deploy* pipeline* cluster* infrastructure ci_cd terraform",
    "poetry": "poem* poet* poetry verse* rhyme* haiku sonnet*",
    "translation": "translat* interpret*",
    "summary": "summar* abstract tl_dr condense* shorten*",
    "workout": "workout* muscle* train_body personal_trainer weights lifting strength exercis* fit",
    "art": "art arts paint* sculpt* gallery galleries drawing draw artist*",
    "philosophy": "philosoph* ethic* meaning_life plato kant",
    "religion": "church* religio* bible pray* mosque temple*",
    "economy": "econom* inflation market markets companies gdp recession business*",
    "fishing": "fish fishing boat* sail* ship_crew harbour harbor",
    "gift": "gift* present presents",
}
"""Topic -> words; `*` ends a stem, `_` joins words that count together only."""
