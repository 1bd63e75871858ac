"""Words of every desk's description, in six languages: they say nothing of what a desk is for."""

DESK_WORDS = """
agent agents assistant assistants desk desks team teams specialist specialists expert experts department
support service services help helps helping helper handle handles handling question questions query queries
inquiry inquiries request requests issue issues problem problems user users customer customers client
clients person people answer answers reply speak speaks talk general information info topic topics matter
matters related regarding concerning about use when everything anything any all deals take takes care wants
want needs need asks ask asking request knows know explain explains manage manages provide provides assist
assists responsible tell tells give gives show find please thanks hello thing things good new message
messages hand handoff transfer contact us me someone representative professional human good great best check
checks look looking kind type types time work works working also like today day days week now case cases
status right current make makes made get gets got hi hey dear sir agente agentes asistente equipo
departamento especialista especialistas experto soporte servicio servicios ayuda ayudar atiende atención
pregunta preguntas consulta consultas_sobre solicitud solicitudes asunto asuntos problema problemas usuario
usuarios cliente clientes persona personas información tema temas relacionado relacionados sobre todo
gestiona resuelve responde necesita quiere quiero necesito ocupa encarga sabe explica saludos hola gracias
favor cosa cosas hacer tengo assistante équipe service services spécialiste experte aide aider demande
demandes sujet sujets problème problèmes utilisateur utilisateurs informations concernant traite traiter
gère occupe répond question besoin voudrais veux connaît explique bonjour merci chose choses sait savoir
prend charge assistent mitarbeiter abteilung spezialist fachmann hilfe hilft helfen frage fragen anfrage
anfragen thema themen anliegen problem probleme nutzer kunde kunden person information informationen
bearbeitet kümmert beantwortet zuständig betreut brauche möchte weiß erklärt hallo danke bitte dinge sache
alles rund berät beratung team agent assistenti squadra reparto specialista esperto aiuto aiuta aiutare
domanda domande richiesta richieste argomento argomenti problemi utente utenti cliente clienti persone
informazioni riguardo gestisce occupa risponde serve vorrei voglio bisogno sa spiega ciao grazie cose cosa
servizio servizi assistenza assistentes equipa equipe setor especialista perito ajuda ajudar dúvida dúvidas
pergunta perguntas pedido_de solicitação assunto assuntos utilizador usuário informações trata cuida
responde quero preciso gostaria sabe explica olá obrigado coisas coisa atendimento suporte serviço serviços
relacionados
"""
