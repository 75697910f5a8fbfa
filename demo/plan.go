package demo

// plan is one organisation as it is set up.
type plan struct {
	name, country, zone, language, domain string
	mobile                                string // with room for a number
	lat, lon                              float64
	workspaces                            []string
	instructions                          string
	administrator                         string
	monitors                              []string
	workers                               int
	first, last                           []string
	activities                            []string
}

var plans = []plan{
	{
		name: "Pohjolan Huolto Oy", country: "FI", zone: "Europe/Helsinki", language: "fi", domain: "huolto.example",
		mobile: "+35840123%04d", lat: 60.45, lon: 25.10,
		workspaces:    []string{"Eteläinen alue", "Pohjoinen alue"},
		instructions:  "1. Soita työntekijälle.\n2. Soita lähimmälle työparille ja pyydä käymään paikalla.\n3. Jos yhteyttä ei saada 10 minuutissa, soita 112 ja kerro viimeisin sijainti.",
		administrator: "Marja-Leena Hyvönen",
		monitors:      []string{"Tuomas Rautio", "Sari Koskela", "Jukka Lehtonen", "Päivi Nieminen"},
		workers:       24,
		first: []string{
			"Aino", "Väinö", "Eevi", "Onni", "Helmi", "Leo", "Aada", "Eino", "Sofia", "Toivo", "Venla", "Oiva",
			"Lilja", "Niilo", "Pihla", "Urho", "Aava", "Otso", "Saga", "Veikko", "Kerttu", "Arvo", "Hilla", "Tapio",
		},
		last:       []string{"Mäkinen", "Virtanen", "Hämäläinen", "Järvinen", "Heikkilä", "Öhman", "Laitinen", "Räsänen", "Tähtinen", "Kääriäinen", "Salo"},
		activities: []string{"Lämpökeskuksen tarkastus", "Hissihuolto", "Muuntamon kierros", "Metsäkoneen huolto", "Kiinteistökierros"},
	},
	{
		name: "Maintenance du Rhône SAS", country: "FR", zone: "Europe/Paris", language: "fr", domain: "rhone.example",
		mobile: "+3361234%04d", lat: 45.76, lon: 4.84,
		workspaces:    []string{"Lyon et agglomération", "Vallée du Rhône"},
		instructions:  "1. Appelez la personne.\n2. Prévenez le chef d’équipe le plus proche.\n3. Sans réponse au bout de 10 minutes, appelez le 15 ou le 112 et donnez la dernière position.",
		administrator: "Hélène Dubreuil",
		monitors:      []string{"Thierry Gaudin", "Nadège Perrot", "Yann Le Goff"},
		workers:       18,
		first: []string{
			"Camille", "Loïc", "Zoé", "Benoît", "Maëlys", "Hugo", "Chloé", "Noël", "Inès", "Gaël", "Anaïs", "Rémi",
			"Léa", "Mathéo", "Élodie", "Bastien", "Margaux", "Théo",
		},
		last:       []string{"Lefèvre", "Çelik", "Gérôme", "Moreau", "Besançon", "Faure", "Rousset", "Chénier", "Mercier", "Blanchard", "Villard"},
		activities: []string{"Ronde de nuit", "Intervention en chaufferie", "Relevé de compteurs", "Contrôle d’un réservoir", "Dépannage d’ascenseur"},
	},
	{
		name: "Harbour & Hill Homecare", country: "GB", zone: "Europe/London", language: "en", domain: "harbourhill.example",
		mobile: "+4477009%05d", lat: 51.45, lon: -2.59,
		workspaces:    []string{"Harbourside", "Hill district"},
		instructions:  "1. Call the worker.\n2. Call the client's home number, then the nearest colleague.\n3. If nobody has seen the worker within ten minutes, call 999 and give the last position.",
		administrator: "Priya Chandrasekhar",
		monitors:      []string{"Gareth Powell", "Siobhán Keane", "Tom Okonkwo"},
		workers:       18,
		first: []string{
			"Amelia", "Rhys", "Niamh", "Oliver", "Zainab", "Callum", "Freya", "Kwame", "Isla", "Dylan", "Orla", "Harvey",
			"Maya", "Owen", "Erin", "Samir", "Beth", "Lewis",
		},
		last:       []string{"Hughes", "Bennett", "O'Connor", "Whitfield", "Adeyemi", "Fairbairn", "Pritchard", "Marsh", "Sinclair", "Thorne", "Lovell"},
		activities: []string{"Evening visits", "Night sit-in", "Hospital discharge", "Medication round", "First assessment"},
	},
}
