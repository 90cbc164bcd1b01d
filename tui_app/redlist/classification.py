"""The Red List's classification schemes: their codes and titles, as text.

The codes, their titles and their order are facts of IUCN's classification schemes
(https://www.iucnredlist.org/resources/classification-schemes), as the code lists of API v4
give them, but for a stray blank; the countries are ISO 3166's. Nothing here belongs to an
assessment. :mod:`tui_app.redlist.codes` reads it.
"""

from __future__ import annotations

from typing import Final

SCHEMES: Final = """
[biogeographical_realms]
0|Afrotropical
1|Antarctic
2|Australasian
3|Indomalayan
4|Nearctic
5|Neotropical
6|Oceanian
7|Palearctic

[conservation_actions]
1|Land/water protection
1_1|Site/area protection
1_2|Resource & habitat protection
2|Land/water management
2_1|Site/area management
2_2|Invasive/problematic species control
2_3|Habitat & natural process restoration
3|Species management
3_1|Species management
3_1_1|Harvest management
3_1_2|Trade management
3_1_3|Limiting population growth
3_2|Species recovery
3_3|Species re-introduction
3_3_1|Reintroduction
3_3_2|Benign introduction
3_4|Ex-situ conservation
3_4_1|Captive breeding/artificial propagation
3_4_2|Genome resource bank
4|Education & awareness
4_1|Formal education
4_2|Training
4_3|Awareness & communications
5|Law & policy
5_1|Legislation
5_1_1|International level
5_1_2|National level
5_1_3|Sub-national level
5_1_4|Scale unspecified
5_2|Policies and regulations
5_3|Private sector standards & codes
5_4|Compliance and enforcement
5_4_1|International level
5_4_2|National level
5_4_3|Sub-national level
5_4_4|Scale unspecified
6|Livelihood, economic & other incentives
6_1|Linked enterprises & livelihood alternatives
6_2|Substitution
6_3|Market forces
6_4|Conservation payments
6_5|Non-monetary values

[countries]
AD|Andorra
AE|United Arab Emirates
AF|Afghanistan
AG|Antigua and Barbuda
AI|Anguilla
AL|Albania
AM|Armenia
AO|Angola
AQ|Antarctica
AR|Argentina
AS|American Samoa
AT|Austria
AU|Australia
AW|Aruba
AX|Åland Islands
AZ|Azerbaijan
BA|Bosnia and Herzegovina
BB|Barbados
BD|Bangladesh
BE|Belgium
BF|Burkina Faso
BG|Bulgaria
BH|Bahrain
BI|Burundi
BJ|Benin
BL|Saint Barthélemy
BM|Bermuda
BN|Brunei Darussalam
BO|Bolivia, Plurinational States of
BQ|Bonaire, Sint Eustatius and Saba
BR|Brazil
BS|Bahamas
BT|Bhutan
BV|Bouvet Island
BW|Botswana
BY|Belarus
BZ|Belize
CA|Canada
CC|Cocos (Keeling) Islands
CD|Congo, The Democratic Republic of the
CF|Central African Republic
CG|Congo
CH|Switzerland
CI|Côte d'Ivoire
CK|Cook Islands
CL|Chile
CM|Cameroon
CN|China
CO|Colombia
CR|Costa Rica
CU|Cuba
CV|Cabo Verde
CW|Curaçao
CX|Christmas Island
CY|Cyprus
CZ|Czechia
DE|Germany
DJ|Djibouti
DK|Denmark
DM|Dominica
DO|Dominican Republic
DT|Disputed Territory
DZ|Algeria
EC|Ecuador
EE|Estonia
EG|Egypt
EH|Western Sahara
ER|Eritrea
ES|Spain
ET|Ethiopia
FI|Finland
FJ|Fiji
FK|Falkland Islands (Malvinas)
FM|Micronesia, Federated States of
FO|Faroe Islands
FR|France
GA|Gabon
GB|United Kingdom
GD|Grenada
GE|Georgia
GF|French Guiana
GG|Guernsey
GH|Ghana
GI|Gibraltar
GL|Greenland
GM|Gambia
GN|Guinea
GP|Guadeloupe
GQ|Equatorial Guinea
GR|Greece
GS|South Georgia and the South Sandwich Islands
GT|Guatemala
GU|Guam
GW|Guinea-Bissau
GY|Guyana
HK|Hong Kong
HM|Heard Island and McDonald Islands
HN|Honduras
HR|Croatia
HT|Haiti
HU|Hungary
ID|Indonesia
IE|Ireland
IL|Israel
IM|Isle of Man
IN|India
IO|British Indian Ocean Territory
IQ|Iraq
IR|Iran, Islamic Republic of
IS|Iceland
IT|Italy
JE|Jersey
JM|Jamaica
JO|Jordan
JP|Japan
KE|Kenya
KG|Kyrgyzstan
KH|Cambodia
KI|Kiribati
KM|Comoros
KN|Saint Kitts and Nevis
KP|Korea, Democratic People's Republic of
KR|Korea, Republic of
KW|Kuwait
KY|Cayman Islands
KZ|Kazakhstan
LA|Lao People's Democratic Republic
LB|Lebanon
LC|Saint Lucia
LI|Liechtenstein
LK|Sri Lanka
LR|Liberia
LS|Lesotho
LT|Lithuania
LU|Luxembourg
LV|Latvia
LY|Libya
MA|Morocco
MC|Monaco
MD|Moldova
ME|Montenegro
MF|Saint Martin (French part)
MG|Madagascar
MH|Marshall Islands
MK|North Macedonia
ML|Mali
MM|Myanmar
MN|Mongolia
MO|Macao
MP|Northern Mariana Islands
MQ|Martinique
MR|Mauritania
MS|Montserrat
MT|Malta
MU|Mauritius
MV|Maldives
MW|Malawi
MX|Mexico
MY|Malaysia
MZ|Mozambique
NA|Namibia
NC|New Caledonia
NE|Niger
NF|Norfolk Island
NG|Nigeria
NI|Nicaragua
NL|Netherlands
NO|Norway
NP|Nepal
NR|Nauru
NU|Niue
NZ|New Zealand
OM|Oman
PA|Panama
PE|Peru
PF|French Polynesia
PG|Papua New Guinea
PH|Philippines
PK|Pakistan
PL|Poland
PM|Saint Pierre and Miquelon
PN|Pitcairn
PR|Puerto Rico
PS|Palestine, State of
PT|Portugal
PW|Palau
PY|Paraguay
QA|Qatar
RE|Réunion
RO|Romania
RS|Serbia
RU|Russian Federation
RW|Rwanda
SA|Saudi Arabia
SB|Solomon Islands
SC|Seychelles
SD|Sudan
SE|Sweden
SG|Singapore
SH|Saint Helena, Ascension and Tristan da Cunha
SI|Slovenia
SJ|Svalbard and Jan Mayen
SK|Slovakia
SL|Sierra Leone
SM|San Marino
SN|Senegal
SO|Somalia
SR|Suriname
SS|South Sudan
ST|Sao Tome and Principe
SV|El Salvador
SX|Sint Maarten (Dutch part)
SY|Syrian Arab Republic
SZ|Eswatini
TC|Turks and Caicos Islands
TD|Chad
TF|French Southern Territories
TG|Togo
TH|Thailand
TJ|Tajikistan
TK|Tokelau
TL|Timor-Leste
TM|Turkmenistan
TN|Tunisia
TO|Tonga
TR|Türkiye
TT|Trinidad and Tobago
TV|Tuvalu
TW|Taiwan, Province of China
TZ|Tanzania, United Republic of
UA|Ukraine
UG|Uganda
UM|United States Minor Outlying Islands
US|United States
UY|Uruguay
UZ|Uzbekistan
VA|Holy See (Vatican City State)
VC|Saint Vincent and the Grenadines
VE|Venezuela, Bolivarian Republic of
VG|Virgin Islands, British
VI|Virgin Islands, U.S.
VN|Viet Nam
VU|Vanuatu
WF|Wallis and Futuna
WS|Samoa
YE|Yemen
YT|Mayotte
ZA|South Africa
ZM|Zambia
ZW|Zimbabwe

[faos]
18|Arctic Sea
21|Atlantic - northwest
27|Atlantic - northeast
31|Atlantic - western central
34|Atlantic - eastern central
37|Mediterranean and Black Sea
41|Atlantic - southwest
47|Atlantic - southeast
48|Atlantic - Antarctic
51|Indian Ocean - western
57|Indian Ocean - eastern
58|Indian Ocean - Antarctic
61|Pacific - northwest
67|Pacific - northeast
71|Pacific - western central
77|Pacific - eastern central
81|Pacific - southwest
87|Pacific - southeast
88|Pacific - Antarctic

[growth_forms]
A|Annual
B|Moss
C|Cycad
E|Epiphyte
F|Forb or Herb
GE|Geophyte
GR|Graminoid
H|Hydrophyte
L|Lithophyte
LC|Lichen
M|Fungus
P|Parasite
PT|Fern
S|Shrub - size unknown
SA|Succulent - annual
SC|Succulent - form unknown
SH|Succulent - shrub
SL|Shrub - large
SS|Shrub - small
ST|Succulent - tree
T|Tree - size unknown
TL|Tree - large
TS|Tree - small
V|Vines

[habitats]
1|Forest
1_1|Forest - Boreal
1_2|Forest - Subarctic
1_3|Forest - Subantarctic
1_4|Forest - Temperate
1_5|Forest - Subtropical/Tropical Dry
1_6|Forest - Subtropical/Tropical Moist Lowland
1_7|Forest - Subtropical/Tropical Mangrove Vegetation Above High Tide Level
1_8|Forest - Subtropical/Tropical Swamp
1_9|Forest - Subtropical/Tropical Moist Montane
2|Savanna
2_1|Savanna - Dry
2_2|Savanna - Moist
3|Shrubland
3_1|Shrubland - Subarctic
3_2|Shrubland - Subantarctic
3_3|Shrubland - Boreal
3_4|Shrubland - Temperate
3_5|Shrubland - Subtropical/Tropical Dry
3_6|Shrubland - Subtropical/Tropical Moist
3_7|Shrubland - Subtropical/Tropical High Altitude
3_8|Shrubland - Mediterranean-type Shrubby Vegetation
4|Grassland
4_1|Grassland - Tundra
4_2|Grassland - Subarctic
4_3|Grassland - Subantarctic
4_4|Grassland - Temperate
4_5|Grassland - Subtropical/Tropical Dry
4_6|Grassland - Subtropical/Tropical Seasonally Wet/Flooded
4_7|Grassland - Subtropical/Tropical High Altitude
5|Wetlands (inland)
5_1|Wetlands (inland) - Permanent Rivers/Streams/Creeks (includes waterfalls)
5_2|Wetlands (inland) - Seasonal/Intermittent/Irregular Rivers/Streams/Creeks
5_3|Wetlands (inland) - Shrub Dominated Wetlands
5_4|Wetlands (inland) - Bogs, Marshes, Swamps, Fens, Peatlands
5_5|Wetlands (inland) - Permanent Freshwater Lakes (over 8ha)
5_6|Wetlands (inland) - Seasonal/Intermittent Freshwater Lakes (over 8ha)
5_7|Wetlands (inland) - Permanent Freshwater Marshes/Pools (under 8ha)
5_8|Wetlands (inland) - Seasonal/Intermittent Freshwater Marshes/Pools (under 8ha)
5_9|Wetlands (inland) - Freshwater Springs and Oases
5_10|Wetlands (inland) - Tundra Wetlands (incl. pools and temporary waters from snowmelt)
5_11|Wetlands (inland) - Alpine Wetlands (includes temporary waters from snowmelt)
5_12|Wetlands (inland) - Geothermal Wetlands
5_13|Wetlands (inland) - Permanent Inland Deltas
5_14|Wetlands (inland) - Permanent Saline, Brackish or Alkaline Lakes
5_15|Wetlands (inland) - Seasonal/Intermittent Saline, Brackish or Alkaline Lakes and Flats
5_16|Wetlands (inland) - Permanent Saline, Brackish or Alkaline Marshes/Pools
5_17|Wetlands (inland) - Seasonal/Intermittent Saline, Brackish or Alkaline Marshes/Pools
5_18|Wetlands (inland) - Karst and Other Subterranean Hydrological Systems (inland)
6|Rocky areas (eg. inland cliffs, mountain peaks)
7|Caves and Subterranean Habitats (non-aquatic)
7_1|Caves and Subterranean Habitats (non-aquatic) - Caves
7_2|Caves and Subterranean Habitats (non-aquatic) - Other Subterranean Habitats
8|Desert
8_1|Desert - Hot
8_2|Desert - Temperate
8_3|Desert - Cold
9|Marine Neritic
9_1|Marine Neritic - Pelagic
9_2|Marine Neritic - Subtidal Rock and Rocky Reefs
9_3|Marine Neritic - Subtidal Loose Rock/pebble/gravel
9_4|Marine Neritic - Subtidal Sandy
9_5|Marine Neritic - Subtidal Sandy-Mud
9_6|Marine Neritic - Subtidal Muddy
9_7|Marine Neritic - Macroalgal/Kelp
9_8|Marine Neritic - Coral Reef
9_8_1|Outer Reef Channel
9_8_2|Back Slope
9_8_3|Foreslope (Outer Reef Slope)
9_8_4|Lagoon
9_8_5|Inter-Reef Soft Substrate
9_8_6|Inter-Reef Rubble Substrate
9_9|Marine Neritic - Seagrass (Submerged)
9_10|Marine Neritic - Estuaries
10|Marine Oceanic
10_1|Marine Oceanic - Epipelagic (0-200m)
10_2|Marine Oceanic - Mesopelagic (200-1000m)
10_3|Marine Oceanic - Bathypelagic (1000-4000m)
10_4|Marine Oceanic - Abyssopelagic (4000-6000m)
11|Marine Deep Benthic
11_1|Marine Deep Benthic - Continental Slope/Bathyl Zone (200-4,000m)
11_1_1|Hard Substrate
11_1_2|Soft Substrate
11_2|Marine Deep Benthic - Abyssal Plain (4,000-6,000m)
11_3|Marine Deep Benthic - Abyssal Mountain/Hills (4,000-6,000m)
11_4|Marine Deep Benthic - Hadal/Deep Sea Trench (>6,000m)
11_5|Marine Deep Benthic - Seamount
11_6|Marine Deep Benthic - Deep Sea Vents (Rifts/Seeps)
12|Marine Intertidal
12_1|Marine Intertidal - Rocky Shoreline
12_2|Marine Intertidal - Sandy Shoreline and/or Beaches, Sand Bars, Spits, Etc
12_3|Marine Intertidal - Shingle and/or Pebble Shoreline and/or Beaches
12_4|Marine Intertidal - Mud Flats and Salt Flats
12_5|Marine Intertidal - Salt Marshes (Emergent Grasses)
12_6|Marine Intertidal - Tidepools
12_7|Marine Intertidal - Mangrove Submerged Roots
13|Marine Coastal/Supratidal
13_1|Marine Coastal/Supratidal - Sea Cliffs and Rocky Offshore Islands
13_2|Marine Coastal/supratidal - Coastal Caves/Karst
13_3|Marine Coastal/Supratidal - Coastal Sand Dunes
13_4|Marine Coastal/Supratidal - Coastal Brackish/Saline Lagoons/Marine Lakes
13_5|Marine Coastal/Supratidal - Coastal Freshwater Lakes
14|Artificial/Terrestrial
14_1|Artificial/Terrestrial - Arable Land
14_2|Artificial/Terrestrial - Pastureland
14_3|Artificial/Terrestrial - Plantations
14_4|Artificial/Terrestrial - Rural Gardens
14_5|Artificial/Terrestrial - Urban Areas
14_6|Artificial/Terrestrial - Subtropical/Tropical Heavily Degraded Former Forest
15|Artificial/Aquatic & Marine
15_1|Artificial/Aquatic - Water Storage Areas (over 8ha)
15_2|Artificial/Aquatic - Ponds (below 8ha)
15_3|Artificial/Aquatic - Aquaculture Ponds
15_4|Artificial/Aquatic - Salt Exploitation Sites
15_5|Artificial/Aquatic - Excavations (open)
15_6|Artificial/Aquatic - Wastewater Treatment Areas
15_7|Artificial/Aquatic - Irrigated Land (includes irrigation channels)
15_8|Artificial/Aquatic - Seasonally Flooded Agricultural Land
15_9|Artificial/Aquatic - Canals and Drainage Channels, Ditches
15_10|Artificial/Aquatic - Karst and Other Subterranean Hydrological Systems (human-made)
15_11|Artificial/Marine - Marine Anthropogenic Structures
15_12|Artificial/Marine - Mariculture Cages
15_13|Artificial/Marine - Mari/Brackishculture Ponds
16|Introduced vegetation
17|Other
18|Unknown

[population_trends]
0|Increasing
1|Decreasing
2|Stable
3|Unknown

[research]
1|Research
1_1|Taxonomy
1_2|Population size, distribution & trends
1_3|Life history & ecology
1_4|Harvest, use & livelihoods
1_5|Threats
1_6|Actions
2|Conservation Planning
2_1|Species Action/Recovery Plan
2_2|Area-based Management Plan
2_3|Harvest & Trade Management Plan
3|Monitoring
3_1|Population trends
3_2|Harvest level trends
3_3|Trade trends
3_4|Habitat trends
4|Other

[scopes]
1|Global
2|Europe
4|Mediterranean
8|Western Africa
9|S. Africa FW
10|Pan-Africa
16|Central Africa
17|Northeastern Africa
18|Eastern Africa
21|Northern Africa
45433062|Gulf of Mexico
45433063|Caribbean
45433064|Persian Gulf
100765562|Arabian Sea

[stresses]
1|Ecosystem stresses
1_1|Ecosystem conversion
1_2|Ecosystem degradation
1_3|Indirect ecosystem effects
2|Species Stresses
2_1|Species mortality
2_2|Species disturbance
2_3|Indirect species effects
2_3_1|Hybridisation
2_3_2|Competition
2_3_3|Loss of mutualism
2_3_4|Loss of pollinator
2_3_5|Inbreeding
2_3_6|Skewed sex ratios
2_3_7|Reduced reproductive success
2_3_8|Other

[systems]
0|Terrestrial
1|Freshwater (=Inland waters)
2|Marine

[threats]
1|Residential & commercial development
1_1|Housing & urban areas
1_2|Commercial & industrial areas
1_3|Tourism & recreation areas
2|Agriculture & aquaculture
2_1|Annual & perennial non-timber crops
2_1_1|Shifting agriculture
2_1_2|Small-holder farming
2_1_3|Agro-industry farming
2_1_4|Scale Unknown/Unrecorded
2_2|Wood & pulp plantations
2_2_1|Small-holder plantations
2_2_2|Agro-industry plantations
2_2_3|Scale Unknown/Unrecorded
2_3|Livestock farming & ranching
2_3_1|Nomadic grazing
2_3_2|Small-holder grazing, ranching or farming
2_3_3|Agro-industry grazing, ranching or farming
2_3_4|Scale Unknown/Unrecorded
2_4|Marine & freshwater aquaculture
2_4_1|Subsistence/artisinal aquaculture
2_4_2|Industrial aquaculture
2_4_3|Scale Unknown/Unrecorded
3|Energy production & mining
3_1|Oil & gas drilling
3_2|Mining & quarrying
3_3|Renewable energy
4|Transportation & service corridors
4_1|Roads & railroads
4_2|Utility & service lines
4_3|Shipping lanes
4_4|Flight paths
5|Biological resource use
5_1|Hunting & trapping terrestrial animals
5_1_1|Intentional use (species is the target)
5_1_2|Unintentional effects (species is not the target)
5_1_3|Persecution/control
5_1_4|Motivation Unknown/Unrecorded
5_2|Gathering terrestrial plants
5_2_1|Intentional use (species is the target)
5_2_2|Unintentional effects (species is not the target)
5_2_3|Persecution/control
5_2_4|Motivation Unknown/Unrecorded
5_3|Logging & wood harvesting
5_3_1|Intentional use: (subsistence/small scale) [harvest]
5_3_2|Intentional use: (large scale) [harvest]
5_3_3|Unintentional effects: (subsistence/small scale) [harvest]
5_3_4|Unintentional effects: (large scale) [harvest]
5_3_5|Motivation Unknown/Unrecorded
5_4|Fishing & harvesting aquatic resources
5_4_1|Intentional use: (subsistence/small scale) [harvest]
5_4_2|Intentional use: (large scale) [harvest]
5_4_3|Unintentional effects: (subsistence/small scale) [harvest]
5_4_4|Unintentional effects: (large scale) [harvest]
5_4_5|Persecution/control
5_4_6|Motivation Unknown/Unrecorded
6|Human intrusions & disturbance
6_1|Recreational activities
6_2|War, civil unrest & military exercises
6_3|Work & other activities
7|Natural system modifications
7_1|Fire & fire suppression
7_1_1|Increase in fire frequency/intensity
7_1_2|Supression in fire frequency/intensity
7_1_3|Trend Unknown/Unrecorded
7_2|Dams & water management/use
7_2_1|Abstraction of surface water (domestic use)
7_2_2|Abstraction of surface water (commercial use)
7_2_3|Abstraction of surface water (agricultural use)
7_2_4|Abstraction of surface water (unknown use)
7_2_5|Abstraction of ground water (domestic use)
7_2_6|Abstraction of ground water (commercial use)
7_2_7|Abstraction of ground water (agricultural use)
7_2_8|Abstraction of ground water (unknown use)
7_2_9|Small dams
7_2_10|Large dams
7_2_11|Dams (size unknown)
7_3|Other ecosystem modifications
8|Invasive and other problematic species, genes & diseases
8_1|Invasive non-native/alien species/diseases
8_1_1|Unspecified species
8_1_2|Named species
8_2|Problematic native species/diseases
8_2_1|Unspecified species
8_2_2|Named species
8_3|Introduced genetic material
8_4|Problematic species/disease of unknown origin
8_4_1|Unspecified species
8_4_2|Named species
8_5|Viral/prion-induced diseases
8_5_1|Unspecified species
8_5_2|Named species
8_6|Diseases of unknown cause
9|Pollution
9_1|Domestic & urban waste water
9_1_1|Sewage
9_1_2|Run-off
9_1_3|Type Unknown/Unrecorded
9_2|Industrial & military effluents
9_2_1|Oil spills
9_2_2|Seepage from mining
9_2_3|Type Unknown/Unrecorded
9_3|Agricultural & forestry effluents
9_3_1|Nutrient loads
9_3_2|Soil erosion, sedimentation
9_3_3|Herbicides and pesticides
9_3_4|Type Unknown/Unrecorded
9_4|Garbage & solid waste
9_5|Air-borne pollutants
9_5_1|Acid rain
9_5_2|Smog
9_5_3|Ozone
9_5_4|Type Unknown/Unrecorded
9_6|Excess energy
9_6_1|Light pollution
9_6_2|Thermal pollution
9_6_3|Noise pollution
9_6_4|Type Unknown/Unrecorded
10|Geological events
10_1|Volcanoes
10_2|Earthquakes/tsunamis
10_3|Avalanches/landslides
11|Climate change & severe weather
11_1|Habitat shifting & alteration
11_2|Droughts
11_3|Temperature extremes
11_4|Storms & flooding
11_5|Other impacts
12|Other options
12_1|Other threat

[use_and_trade]
1|Food - human
2|Food - animal
3|Medicine - human & veterinary
4|Poisons
5|Manufacturing chemicals
6|Other chemicals
7|Fuels
8|Fibre
9|Construction or structural materials
10|Wearing apparel, accessories
11|Other household goods
12|Handicrafts, jewellery, etc.
13|Pets/display animals, horticulture
14|Research
15|Sport hunting/specimen collecting
16|Establishing ex-situ production *
17|Other (free text)
18|Unknown
"""
"""A block a code list, headed by its path: ``code|title``."""

CATEGORIES: Final = """
Earlier Version|A|Abundant
2.3|CR|Critically Endangered
3.1|CR|Critically Endangered
Earlier Version|CT|Commercially Threatened
Earlier Version|CUSTOM|Unknown
2.3|DD|Data Deficient
3.1|DD|Data Deficient
Earlier Version|E|Endangered
2.3|EN|Endangered
3.1|EN|Endangered
2.3|EW|Extinct in the Wild
3.1|EW|Extinct in the Wild
2.3|Ex|Unknown
Earlier Version|Ex|Extinct
Earlier Version|Ex?|Extinct?
Earlier Version|EX|Unknown
3.1|EX|Extinct
2.3|EX|Extinct
Earlier Version|Ex/E|Extinct/Endangered
Earlier Version|I|Indeterminate
Earlier Version|K|Insufficiently Known
2.3|LC|Unknown
3.1|LC|Least Concern
3.1|LR/cd|Unknown
2.3|LR/cd|Lower Risk/conservation dependent
Earlier Version|LR/lc|Unknown
3.1|LR/lc|Unknown
2.3|LR/lc|Lower Risk/least concern
3.1|LR/nt|Unknown
2.3|LR/nt|Lower Risk/near threatened
3.1|N/A|Unknown
Earlier Version|N/A|Unknown
|N/A|Unknown
3.1|NA|Not Applicable
3.1|NE|Not Evaluated
2.3|NE|Not Evaluated
2.3|NR|Not Recognized
Earlier Version|NR|Not Recognized
3.1|NR|Not Recognized
Earlier Version|nt|Not Threatened
Earlier Version|NT|Unknown
3.1|NT|Near Threatened
Earlier Version|O|Out of Danger
Earlier Version|R|Rare
3.1|RE|Regionally Extinct
Earlier Version|T|Threatened
Earlier Version|V|Vulnerable
3.1|VU|Vulnerable
2.3|VU|Vulnerable
"""
"""``version|code|title``; one code may stand in several versions."""

GROUPS: Final = """
amphibians|amphibians|1|1
angelfishes|selected_bony_fishes|0|1
birds|birds|1|1
blennies|selected_bony_fishes|0|1
butterfly_fishes|selected_bony_fishes|0|1
cacti|selected_dicots|0|1
chameleons|selected_reptiles|0|1
cone_snails|selected_gastropods|0|1
conifers|conifers|0|1
crocodiles_and_alligators|selected_reptiles|0|1
cycads|cycads|0|1
fw_caridean_shrimps|selected_crustaceans|0|1
fw_crabs|selected_crustaceans|0|1
fw_crayfish|selected_crustaceans|0|1
groupers|selected_bony_fishes|0|1
hagfishes||0|1
lobsters|selected_crustaceans|0|1
magnolias|selected_dicots|0|1
mammals|mammals|1|1
mangrove_plants||0|1
marine_turtles|selected_reptiles|0|1
pufferfishes|selected_bony_fishes|0|1
reef_building_corals|reef_forming_corals|0|1
seabreams_porgies_picarels|selected_bony_fishes|0|1
seagrasses||0|1
seasnakes|selected_reptiles|0|1
sharks_and_rays|sharks_and_rays|0|1
sturgeons|selected_bony_fishes|0|1
surgeonfishes|selected_bony_fishes|0|1
tarpons_and_ladyfishes|selected_bony_fishes|0|1
tunas_and_billfishes|selected_bony_fishes|0|1
wrasses_and_parrotfishes|selected_bony_fishes|0|1
arachnids||1|0
brown_algae||1|0
corals||1|0
crustaceans||1|0
fernes_and_allies||1|0
fishes||1|0
flowering_plants||1|0
green_algae||1|0
gymnosperms||1|0
horseshoe_crabs||1|0
insects||1|0
lichens||1|0
molluscs||1|0
mosses||1|0
mushrooms||1|0
others||1|0
red_algae||1|0
reptiles||1|0
velvet_worms||1|0
"""
"""``name|higher name|in the high-level list|comprehensively assessed``."""
