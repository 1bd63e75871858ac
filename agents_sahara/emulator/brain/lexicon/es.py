"""Spanish words for the topics."""

SPANISH_TOPICS: dict[str, str] = {
    "refund": "reembols* devolución_dinero reintegr* devuelvan cobrado_dos cobraron_dos cobrado_doble "
    "devolver_dinero",
    "invoice": "factura* recibo* facturación",
    "payment": "pago pagos pagar pagado pagué cobro* cobrar cobrado cobraron cargo cargos "
    "transferencia* cuota* "
    "abonar",
    "price": "precio* cuesta cuestan coste* costo* caro cara barat* tarifa* presupuesto* cuánto_cuesta "
    "cuánto_vale",
    "bank": "banco* bancari* iban ahorro* depósito* cajero saldo cuenta_bancaria",
    "card": "tarjeta*",
    "tax": "impuesto* iva fiscal* hacienda tributari* declaración_renta deducción*",
    "discount": "descuento* cupón cupones promoción promociones oferta ofertas rebaja* vale "
    "código_promocional "
    "descuento* cupón cupones promoción promociones oferta ofertas rebaja* vale código_promocional",
    "loan": "préstamo* crédito* hipoteca* interés intereses deuda*",
    "insurance": "seguro seguros asegura* póliza* siniestro* cobertura* aseguradora*",
    "investing": "inver* acciones bolsa cartera fondo fondos pensión pensiones criptomoneda* dividendo*",
    "finance": "finan* contab* contador dinero presupuest* tesorería económic*",
    "order": "pedido* pedí encargo* compra compras comprar compré comprado cesta carrito",
    "delivery": "entrega* envío* enviar enviado paquete* reparto mensajer* seguimiento llegad* "
    "llegado llegar "
    "logística rastrear",
    "return": "devolución devoluciones devolver devuelto cambiar cambio* reemplaz*",
    "product": "producto* artículo* mercancía* catálogo*",
    "stock": "existencias disponible* disponibilidad inventario agotad* almacén",
    "warranty": "garantía* defect* dañad* roto rota estropead*",
    "clothing": "ropa vestido* zapato* camisa* chaqueta* pantalon* talla* moda abrigo*",
    "shop": "tienda* comercio*",
    "sales": "vend* ventas vendedor* demostración plan planes licencia* comercial*",
    "complaint": "queja* quejar* reclam* insatisf*",
    "password": "contraseña* clave claves restablecer credencial*",
    "login": "iniciar_sesión inicio_sesión acceso acceder entrar bloquead* autentica* sesión",
    "bug": "error errores fallo* falla* bloquea cuelga avería* no_funciona incidencia* congela*",
    "computer": "ordenador* computador* portátil* pc teclado* ratón pantalla* monitor* hardware dispositivo*",
    "internet": "internet wifi red redes router módem conexión conexiones vpn fibra",
    "phone": "teléfono* móvil* celular* smartphone* sim llamada* itinerancia",
    "software": "software instal* aplicación aplicaciones programa programas actualiza* técnic* informátic*",
    "printer": "impresora* imprim* escáner tóner tinta",
    "security": "virus hacke* phishing fraude* estafa* robad* robo* ciberseguridad seguridad sospechos*",
    "code": "código programación programar programador* desarrollador* función_python script python depurar "
    "desplegar",
    "data": "datos base_datos hoja_cálculo copia_seguridad nube servidor* estadístic* gráfico*",
    "website": "web página* sitio navegador enlace* en_línea",
    "account": "cuenta cuentas perfil usuario_cuenta registr*",
    "subscription": "suscri* membresía* renov* abono*",
    "cancellation": "cancel* anular anulación rescindir dar_baja darme_baja",
    "privacy": "privacidad datos_personales consentimiento rgpd",
    "flight": "vuelo* volar avión aviones aerolínea* aeropuerto* embarque escala",
    "hotel": "hotel* habitación habitaciones alojamiento* hostal* hospedaje",
    "booking": "reserv* billete* boleto* entrada entradas asiento*",
    "luggage": "equipaje* maleta* bolsa*",
    "visa": "visado* visa pasaporte* inmigración extranjería embajada consulado ciudadanía residencia",
    "train": "tren trenes ferrocarril* autobús autobuses metro estación estaciones tranvía horario*",
    "trip": "viaj* turis* excursión excursiones crucero* itinerario* destino* vacaciones museo* playa*",
    "leave": "vacaciones permiso* baja ausencia* días_libres día_libre licencia_maternidad maternidad "
    "paternidad",
    "payroll": "nómina* sueldo* salario* salarial paga horas_extra bonificación",
    "hiring": "contratación contratar empleo* vacante* candidat* entrevista* currículum "
    "solicitud_empleo puesto "
    "reclut*",
    "staff": "rrhh recursos_humanos empleado* personal plantilla compañero* laboral*",
    "training": "formación capacitación taller* certificación seminario*",
    "expense": "gasto* dietas kilometraje",
    "doctor": "médic* doctor* clínica* hospital* enfermer* salud cirug* diagnóst* cardiolog* dermatolog* "
    "paciente* tratamiento*",
    "appointment": "cita citas agenda* programar calendario reunión reuniones",
    "medication": "pastilla* medicamento* medicin* receta_médica farmacia* farmac* dosis antibiótico* "
    "vacuna* "
    "comprimido*",
    "symptom": "dolor* duele duelen fiebre tos enferm* síntoma* náusea* alergia* alérgic* gripe "
    "mareo* herida* "
    "infección",
    "dentist": "dentista* dental* diente* muela*",
    "mental": "ansiedad depres* estrés terap* psicólog* psicolog* dormir insomnio",
    "fitness": "gimnasio* ejercicio* yoga músculo* entrenador* entrenamiento* correr",
    "diet": "dieta* nutri* vegan* vegetarian* proteína* gluten calorías",
    "legal": "legal* ley leyes abogad* demanda* juicio* tribunal* jurídic* notari* derechos pleito*",
    "contract": "contrato* acuerdo* cláusula* firma firmar",
    "rent": "alquil* inquilin* casero* arrend* piso apartamento* vivienda* inmobiliari* propiedad* "
    "propietari*",
    "repair": "repar* arregl* fontaner* plomer* fuga* gotea* gotera* mantenimiento tubería* grifo "
    "electricista* "
    "calefacción caldera*",
    "furniture": "mueble* sofá* mesa silla* cama colchón armario*",
    "garden": "jardín* jardiner* planta plantas flor flores césped árbol árboles rosas riego",
    "cleaning": "limpi* lavandería mancha* aspirador*",
    "energy": "electricidad eléctric* energía gas contador_luz luz solar suministro* apagón",
    "food": "comida* comer restaurante* menú* plato* cena* almuerzo desayuno pizza* cocina postre*",
    "recipe": "receta* cocinar cocino ingrediente* horno hornear hervir freír pastel* tarta* pan "
    "pasta salsa* "
    "sopa paella",
    "drink": "vino* cerveza* café té cóctel* bebida*",
    "course": "curso* clase clases lección* matrícula* matricul* universidad* escuela* colegio* estudiant* "
    "alumn* profesor* beca* educa* asignatura*",
    "exam": "examen exámenes nota notas deberes tarea tareas ensayo*",
    "math": "matemátic* álgebra ecuación ecuaciones geometría cálculo integral* derivada* fracción "
    "fracciones "
    "teorema* triángulo*",
    "science": "ciencia* científic* física químic* biolog* átomo* molécula* gravedad célula* experimento* "
    "astronom* planeta* estrella*",
    "history": "histor* guerra* antigu* siglo* imperio* roman* medieval* revolución* rey reyes emperador*",
    "geography": "geograf* capital país países continente* río ríos montaña* mapa*",
    "grammar": "gramátic* vocabulario conjuga* pronunciación traduc* traduz* verbo* ortografía",
    "literature": "literatura* novela* poema* poeta* autor* libro* leer lectura biblioteca* cuento*",
    "writing": "escribir redact* texto* resum* resumen corrig* borrador",
    "music": "música* musical canción canciones guitarra* piano concierto* banda álbum* cantante*",
    "film": "película* cine serie series actor* actriz televisión documental*",
    "game": "juego* jugar ajedrez videojuego* puzle",
    "sport": "deport* fútbol tenis baloncesto partido* liga campeonato* jugador* gol goles olímpic*",
    "car": "coche* carro* auto autos vehículo* motor* neumático* llanta* freno* mecánic* taller_coche "
    "batería conducir",
    "pet": "mascota* perro* gato* cachorro* veterinari* animal* caballo* pájaro*",
    "weather": "clima pronóstico lluv* llover llueve nieve nevar temperatura* sol tormenta* viento paraguas "
    "tiempo_hará meteorolog*",
    "news": "noticia* periódico* polític* eleccion* gobierno titulares president*",
    "marketing": "publicidad campaña* redes_sociales anuncio* marca mercadotecnia boletín",
    "design": "diseñ* logotipo* gráfic* ilustra* color colores",
    "event": "evento* boda* fiesta* conferencia* invitación* cumpleaños catering",
    "child": "niñ* bebé* hijo hija guardería* embaraz* padres",
    "emergency": "emergencia* ambulancia incendio* policía accidente* urgen* rescate",
    "government": "permiso_obras ayuntamiento* certificado* trámite* carné partida_nacimiento "
    "empadron* votar "
    "municipal* administrativ*",
    "parking": "aparca* estacionamiento* multa* tráfico peaje*",
    "manufacturing": "fábrica* máquina* producción montaje proveedor* repuesto* industrial*",
    "farming": "granja* cosecha* cultivo* tractor* fertilizante* vaca* ganado agríc* agricult*",
    "research": "investiga* artículo_científico estudio estudios encuesta* hipótesis",
    "joke": "chiste* gracios* adivinanza* humor broma*",
    "donation": "dona* caridad voluntari* benéfic*",
    "skin": "piel sarpullido acné lunar eccema quemadura dermatolog* picazón",
    "heart": "corazón cardi* tensión_arterial presión_arterial pulso palpitacion*",
    "bones": "hueso* articulacion* fractura* roto_brazo roto_pierna rodilla* espalda columna ortop* "
    "traumatolog* tobillo hombro esguince*",
    "eyes": "ojo ojos vista gafas óptic* oftalm* lentes lentillas",
    "family_law": "divorci* custodia herencia* heredar pensión_alimenticia matrimonio esposa marido heredero* "
    "testamento separación",
    "crime": "delito* crimen criminal* penal policía robo robar robado ladrón atraco detenid* cárcel",
    "dismissal": "despid* despedido despedida finiquito indemnización dimitir renuncia laboral* jefe "
    "empresa_despide",
    "permit": "permiso* licencia* autorización obra obras construcción",
    "tariff": "tarifa* contratar plan planes portabilidad paquete_nuevo nuevo_contrato alta",
    "property": "casa casas vender_casa comprar_casa inmueble* inmobiliari* propiedad* vivienda* piso pisos",
    "database": "base_datos sql consulta_sql tablas",
    "devops": "docker kubernetes contenedor* despliegue* infraestructura",
    "poetry": "poema* poesía* poeta* verso* rima*",
    "translation": "traduc* traduz* intérprete*",
    "summary": "resum* resume resumen* sintetiz*",
    "workout": "músculo* entrenar entrenamiento* entrenador* pesas fuerza ejercicio*",
    "art": "arte pintura* pintar escultura* galería* dibuj* artista*",
    "philosophy": "filosof* ética sentido_vida",
    "religion": "iglesia* religi* biblia rezar",
    "economy": "econom* inflación mercado* empresa empresas negocio*",
    "fishing": "pesca pescar barco* navegar puerto",
    "gift": "regalo*",
}
"""Topic -> words; `*` ends a stem, `_` joins words that count together only."""
