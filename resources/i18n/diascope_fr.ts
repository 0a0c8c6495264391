<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr_FR" sourcelanguage="en_GB">
<context>
    <name>TrainingDesk</name>
    <message>
        <source>AUC</source>
        <translation>AUC</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>Exactitude</translation>
    </message>
    <message>
        <source>Sensitivity</source>
        <translation>Sensibilité</translation>
    </message>
    <message>
        <source>Specificity</source>
        <translation>Spécificité</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>Perte</translation>
    </message>
    <message>
        <source>Spread of the outputs</source>
        <translation>Dispersion des sorties</translation>
    </message>
</context>
<context>
    <name>diascope::app::Application</name>
    <message>
        <source>CPU, %1 cores</source>
        <translation>CPU, %1 cœurs</translation>
    </message>
    <message>
        <source>%1 MiB</source>
        <translation>%1 Mio</translation>
    </message>
</context>
<context>
    <name>diascope::app::FirstLook</name>
    <message>
        <source>no answer within a minute</source>
        <translation>pas de réponse en une minute</translation>
    </message>
</context>
<context>
    <name>diascope::app::ReadController</name>
    <message>
        <source>Reading…</source>
        <translation>Lecture…</translation>
    </message>
    <message>
        <source>Reading: %1 of %2 files</source>
        <translation>Lecture : %1 fichiers sur %2</translation>
    </message>
    <message>
        <source>There is no picture in what was opened.</source>
        <translation>Ce qui a été ouvert ne contient aucune image.</translation>
    </message>
    <message>
        <source>Files that could not be shown: %1. The others are open.</source>
        <translation>Fichiers qui n’ont pas pu être affichés : %1. Les autres sont ouverts.</translation>
    </message>
    <message>
        <source>This series is not regular; read it with care.</source>
        <translation>Cette série n’est pas régulière ; à lire avec prudence.</translation>
    </message>
</context>
<context>
    <name>diascope::app::TrainingDesk</name>
    <message>
        <source>Training</source>
        <translation>Apprentissage</translation>
    </message>
    <message>
        <source>Looking into the data…</source>
        <translation>Examen des données…</translation>
    </message>
    <message>
        <source>About %1 MiB of memory: %2 MiB of pictures, %3 MiB for the network.</source>
        <translation>Environ %1 Mio de mémoire : %2 Mio d’images, %3 Mio pour le réseau.</translation>
    </message>
    <message>
        <source>The pictures are more than the memory for them and are read from the disk while training.</source>
        <translation>Les images dépassent la mémoire prévue et sont lues sur le disque pendant l’entraînement.</translation>
    </message>
    <message>
        <source>More than the %1 MiB that are free: use a smaller batch.</source>
        <translation>Plus que les %1 Mio libres : prendre un lot plus petit.</translation>
    </message>
    <message>
        <source>Stopped. Start again with the same run folder to go on.</source>
        <translation>Arrêté. Relancer avec le même dossier d’exécution pour continuer.</translation>
    </message>
    <message>
        <source>Training is paused</source>
        <translation>L’entraînement est en pause</translation>
    </message>
</context>
<context>
    <name>diascope::ui::Annotation</name>
    <message>
        <source>Series %1  %2</source>
        <translation>Série %1  %2</translation>
    </message>
    <message>
        <source>INCOMPLETE IMAGE</source>
        <translation>IMAGE INCOMPLÈTE</translation>
    </message>
    <message>
        <source>Lossy compressed</source>
        <translation>Compression avec perte</translation>
    </message>
    <message>
        <source>Lossy compressed: %1</source>
        <translation>Compression avec perte : %1</translation>
    </message>
    <message>
        <source>Uncalibrated: pixels, not mm</source>
        <translation>Non calibré : pixels, pas mm</translation>
    </message>
    <message>
        <source>Scale at the detector</source>
        <translation>Échelle au détecteur</translation>
    </message>
    <message>
        <source>W %1  L %2</source>
        <translation>F %1  N %2</translation>
    </message>
    <message>
        <source>Zoom %1 %</source>
        <translation>Zoom %1 %</translation>
    </message>
    <message>
        <source>  inverted</source>
        <translation>  inversé</translation>
    </message>
    <message>
        <source>Position %1 mm</source>
        <translation>Position %1 mm</translation>
    </message>
    <message>
        <source>Thickness %1 mm</source>
        <translation>Épaisseur %1 mm</translation>
    </message>
    <message>
        <source>%1 frames/s (assumed)</source>
        <translation>%1 images/s (supposé)</translation>
    </message>
    <message>
        <source>%1 frames/s</source>
        <translation>%1 images/s</translation>
    </message>
    <message>
        <source>Image %1 / %2</source>
        <translation>Image %1 / %2</translation>
    </message>
    <message>
        <source>x %1  y %2:  R %3  G %4  B %5</source>
        <translation>x %1  y %2 :  R %3  V %4  B %5</translation>
    </message>
    <message>
        <source>x %1  y %2:  %3</source>
        <translation>x %1  y %2 :  %3</translation>
    </message>
    <message>
        <source>x %1  y %2:  %3 %4</source>
        <translation>x %1  y %2 :  %3 %4</translation>
    </message>
</context>
<context>
    <name>diascope::ui::AnswerView</name>
    <message>
        <source>Not calibrated: read the figures as scores, not as chances.</source>
        <translation>Non calibré : lire les valeurs comme des scores, non comme des probabilités.</translation>
    </message>
    <message>
        <source>Calibrated: %1</source>
        <translation>Calibré : %1</translation>
    </message>
    <message>
        <source>What the network saw</source>
        <translation>Ce que le réseau a vu</translation>
    </message>
    <message>
        <source>Highest: %1</source>
        <translation>Maximum : %1</translation>
    </message>
    <message>
        <source>No verdict: the package has no operating point.</source>
        <translation>Pas de verdict : le paquet n’a pas de point de fonctionnement.</translation>
    </message>
    <message>
        <source>Operating point %1, locked on validation data</source>
        <translation>Point de fonctionnement %1, fixé sur les données de validation</translation>
    </message>
    <message>
        <source>Default threshold %1, not chosen on data</source>
        <translation>Seuil par défaut %1, non choisi sur des données</translation>
    </message>
    <message>
        <source>Not like the training data: %1.</source>
        <translation>Différent des données d’apprentissage : %1.</translation>
    </message>
    <message>
        <source>Dots: the answers of the %1 members</source>
        <translation>Points : les réponses des %1 membres</translation>
    </message>
    <message>
        <source>Prediction set: %1</source>
        <translation>Ensemble de prédiction : %1</translation>
    </message>
    <message>
        <source>The package does not say.</source>
        <translation>Le paquet ne le dit pas.</translation>
    </message>
    <message>
        <source>%1 × %2 pixels, %3
Computed in %4 ms</source>
        <translation>%1 × %2 pixels, %3
Calculé en %4 ms</translation>
    </message>
    <message>
        <source>grey</source>
        <translation>gris</translation>
    </message>
    <message>
        <source>colour</source>
        <translation>couleur</translation>
    </message>
    <message>
        <source>From %1, frame %2, pixels %3</source>
        <translation>D’après %1, image %2, pixels %3</translation>
    </message>
    <message>
        <source>the shown image</source>
        <translation>l’image affichée</translation>
    </message>
</context>
<context>
    <name>diascope::ui::CineBar</name>
    <message>
        <source>Image number</source>
        <translation>Numéro d’image</translation>
    </message>
    <message>
        <source>Frame rate</source>
        <translation>Cadence</translation>
    </message>
    <message>
        <source>Frame rate of the cine loop; frames are dropped rather than slowed down</source>
        <translation>Cadence de la boucle ; des images sont sautées plutôt que ralenties</translation>
    </message>
    <message>
        <source> frames/s</source>
        <translation> images/s</translation>
    </message>
    <message>
        <source>assumed</source>
        <translation>supposée</translation>
    </message>
    <message>
        <source>The file does not tell its frame rate</source>
        <translation>Le fichier n’indique pas sa cadence</translation>
    </message>
    <message>
        <source>Pause (C)</source>
        <translation>Pause (C)</translation>
    </message>
    <message>
        <source>Play as cine (C)</source>
        <translation>Lire en boucle (C)</translation>
    </message>
</context>
<context>
    <name>diascope::ui::ClassBars</name>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>Class probabilities</source>
        <translation>Probabilités des classes</translation>
    </message>
    <message>
        <source>%1: %2 (logit %3)</source>
        <translation>%1 : %2 (logit %3)</translation>
    </message>
    <message>
        <source>logit %1</source>
        <translation>logit %1</translation>
    </message>
    <message>
        <source>Dots: the answers of %1 members</source>
        <translation>Points : les réponses de %1 membres</translation>
    </message>
</context>
<context>
    <name>diascope::ui::CurvesView</name>
    <message>
        <source>Loss</source>
        <translation>Perte</translation>
    </message>
    <message>
        <source>Mean loss per image</source>
        <translation>Perte moyenne par image</translation>
    </message>
    <message>
        <source>Validation AUC</source>
        <translation>AUC de validation</translation>
    </message>
    <message>
        <source>AUC (0.5 to 1)</source>
        <translation>AUC (0,5 à 1)</translation>
    </message>
    <message>
        <source>Epoch</source>
        <translation>Époque</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>Apprentissage</translation>
    </message>
    <message>
        <source>Validation</source>
        <translation>Validation</translation>
    </message>
    <message>
        <source>Validation AUC (dashed: best epoch, %1)</source>
        <translation>AUC de validation (tirets : meilleure époque, %1)</translation>
    </message>
</context>
<context>
    <name>diascope::ui::DataCard</name>
    <message>
        <source>What is wrong with the data</source>
        <translation>Ce qui ne va pas dans les données</translation>
    </message>
    <message>
        <source>Choose a CSV file with labels, or a folder with one folder for each class.</source>
        <translation>Choisissez un fichier CSV avec des étiquettes, ou un dossier contenant un dossier par classe.</translation>
    </message>
    <message>
        <source>%1 images, %2 classes</source>
        <translation>%1 images, %2 classes</translation>
    </message>
    <message>
        <source>%1 patients</source>
        <translation>%1 patients</translation>
    </message>
    <message>
        <source>Patients unknown: each image counts as one</source>
        <translation>Patients inconnus : chaque image compte pour un</translation>
    </message>
    <message>
        <source>%1 for training, %2 for validation</source>
        <translation>%1 pour l’apprentissage, %2 pour la validation</translation>
    </message>
    <message>
        <source>1 thing to look at</source>
        <translation>1 point à examiner</translation>
    </message>
    <message>
        <source>%1 things to look at</source>
        <translation>%1 points à examiner</translation>
    </message>
    <message>
        <source>%1 (%2 %)</source>
        <translation>%1 (%2 %)</translation>
    </message>
    <message>
        <source>and %1 more</source>
        <translation>et %1 de plus</translation>
    </message>
    <message>
        <source>%1 images; labels are not looked at</source>
        <translation>%1 images ; les étiquettes ne sont pas regardées</translation>
    </message>
</context>
<context>
    <name>diascope::ui::Help</name>
    <message>
        <source>Close</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>Left drag</source>
        <translation>Glisser, bouton gauche</translation>
    </message>
    <message>
        <source>Window/level: right is wider, up is brighter (or the chosen tool)</source>
        <translation>Fenêtre/niveau : droite plus large, haut plus clair (ou l’outil choisi)</translation>
    </message>
    <message>
        <source>Middle drag</source>
        <translation>Glisser, bouton du milieu</translation>
    </message>
    <message>
        <source>Pan</source>
        <translation>Déplacer</translation>
    </message>
    <message>
        <source>Right drag</source>
        <translation>Glisser, bouton droit</translation>
    </message>
    <message>
        <source>Zoom; a click without a drag opens the menu</source>
        <translation>Zoom ; un clic sans glisser ouvre le menu</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>Molette</translation>
    </message>
    <message>
        <source>Scroll through the images</source>
        <translation>Faire défiler les images</translation>
    </message>
    <message>
        <source>Ctrl + wheel</source>
        <translation>Ctrl + molette</translation>
    </message>
    <message>
        <source>Zoom at the pointer</source>
        <translation>Zoom sous le pointeur</translation>
    </message>
    <message>
        <source>Double click</source>
        <translation>Double clic</translation>
    </message>
    <message>
        <source>Fit to view; again: image alone</source>
        <translation>Ajuster à la vue ; encore : image seule</translation>
    </message>
    <message>
        <source>Arrows, Shift + arrows</source>
        <translation>Flèches, Maj + flèches</translation>
    </message>
    <message>
        <source>One image, ten images</source>
        <translation>Une image, dix images</translation>
    </message>
    <message>
        <source>Home, End</source>
        <translation>Début, Fin</translation>
    </message>
    <message>
        <source>First and last image</source>
        <translation>Première et dernière image</translation>
    </message>
    <message>
        <source>Page up, page down</source>
        <translation>Page précédente, page suivante</translation>
    </message>
    <message>
        <source>Series before and after</source>
        <translation>Série précédente et suivante</translation>
    </message>
    <message>
        <source>Left button: window/level, zoom, pan, scroll</source>
        <translation>Bouton gauche : fenêtre/niveau, zoom, déplacement, défilement</translation>
    </message>
    <message>
        <source>Automatic window</source>
        <translation>Fenêtre automatique</translation>
    </message>
    <message>
        <source>Windows of the file</source>
        <translation>Fenêtres du fichier</translation>
    </message>
    <message>
        <source>Presets of the modality</source>
        <translation>Préréglages de la modalité</translation>
    </message>
    <message>
        <source>Zoom in and out</source>
        <translation>Zoom avant et arrière</translation>
    </message>
    <message>
        <source>Invert</source>
        <translation>Inverser</translation>
    </message>
    <message>
        <source>Rotate 90° clockwise</source>
        <translation>Tourner de 90° à droite</translation>
    </message>
    <message>
        <source>Flip left-right</source>
        <translation>Miroir gauche-droite</translation>
    </message>
    <message>
        <source>Cine on and off</source>
        <translation>Boucle marche et arrêt</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>Espace</translation>
    </message>
    <message>
        <source>Annotations: all, minimal, none</source>
        <translation>Annotations : toutes, minimales, aucune</translation>
    </message>
    <message>
        <source>Model overlay on and off</source>
        <translation>Superposition du modèle marche et arrêt</translation>
    </message>
    <message>
        <source>Hold to hide the overlay</source>
        <translation>Maintenir pour masquer la superposition</translation>
    </message>
    <message>
        <source>Cancel the drag, stop the cine, or reset the view</source>
        <translation>Annuler le geste, arrêter la boucle ou rétablir la vue</translation>
    </message>
    <message>
        <source>Read, Train</source>
        <translation>Lire, Entraîner</translation>
    </message>
    <message>
        <source>Open files</source>
        <translation>Ouvrir des fichiers</translation>
    </message>
    <message>
        <source>About Diascope</source>
        <translation>À propos de Diascope</translation>
    </message>
    <message>
        <source>See through the image, and through the model.</source>
        <translation>Voir à travers l’image, et à travers le modèle.</translation>
    </message>
    <message>
        <source>Versions</source>
        <translation>Versions</translation>
    </message>
    <message>
        <source>Free software: GNU General Public License, version 3 or later.</source>
        <translation>Logiciel libre : licence publique générale GNU, version 3 ou ultérieure.</translation>
    </message>
    <message>
        <source>Keyboard and mouse</source>
        <translation>Clavier et souris</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Touche</translation>
    </message>
    <message>
        <source>What it does</source>
        <translation>Effet</translation>
    </message>
</context>
<context>
    <name>diascope::ui::LegendBar</name>
    <message>
        <source>Colour scale of the overlay, relative within this image</source>
        <translation>Échelle de couleurs de la superposition, relative à cette image</translation>
    </message>
</context>
<context>
    <name>diascope::ui::MainWindow</name>
    <message>
        <source>Clear this list</source>
        <translation>Vider cette liste</translation>
    </message>
    <message>
        <source>Open images</source>
        <translation>Ouvrir des images</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Tous les fichiers (*)</translation>
    </message>
    <message>
        <source>Open a folder of images</source>
        <translation>Ouvrir un dossier d’images</translation>
    </message>
    <message>
        <source>Open a model package</source>
        <translation>Ouvrir un paquet de modèle</translation>
    </message>
    <message>
        <source>Model packages (*.safetensors);;All files (*)</source>
        <translation>Paquets de modèle (*.safetensors);;Tous les fichiers (*)</translation>
    </message>
    <message>
        <source>Save a picture of the view</source>
        <translation>Enregistrer une copie de la vue</translation>
    </message>
    <message>
        <source>PNG pictures (*.png)</source>
        <translation>Images PNG (*.png)</translation>
    </message>
    <message>
        <source>Read</source>
        <translation>Lire</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>Entraîner</translation>
    </message>
    <message>
        <source>&amp;Open files…</source>
        <translation>&amp;Ouvrir des fichiers…</translation>
    </message>
    <message>
        <source>Open &amp;folder…</source>
        <translation>Ouvrir un &amp;dossier…</translation>
    </message>
    <message>
        <source>Open model &amp;package…</source>
        <translation>Ouvrir un &amp;paquet de modèle…</translation>
    </message>
    <message>
        <source>&amp;Save screenshot…</source>
        <translation>&amp;Enregistrer une copie d’écran…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Quitter</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>&amp;Sombre</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>&amp;Clair</translation>
    </message>
    <message>
        <source>Change between dark and light</source>
        <translation>Passer du sombre au clair</translation>
    </message>
    <message>
        <source>&amp;Keyboard and mouse…</source>
        <translation>&amp;Clavier et souris…</translation>
    </message>
    <message>
        <source>&amp;About Diascope…</source>
        <translation>À &amp;propos de Diascope…</translation>
    </message>
    <message>
        <source>&amp;Fit to view</source>
        <translation>&amp;Ajuster à la vue</translation>
    </message>
    <message>
        <source>&amp;One to one</source>
        <translation>&amp;Taille réelle</translation>
    </message>
    <message>
        <source>&amp;Rotate 90° clockwise	R</source>
        <translation>Tourner de 90° à d&amp;roite	R</translation>
    </message>
    <message>
        <source>F&amp;lip left-right	F</source>
        <translation>&amp;Miroir gauche-droite	F</translation>
    </message>
    <message>
        <source>R&amp;eset view	Esc</source>
        <translation>R&amp;établir la vue	Échap</translation>
    </message>
    <message>
        <source>&amp;Invert	I</source>
        <translation>&amp;Inverser	I</translation>
    </message>
    <message>
        <source>&amp;Cine	C</source>
        <translation>&amp;Boucle	C</translation>
    </message>
    <message>
        <source>Model o&amp;verlay	G</source>
        <translation>S&amp;uperposition du modèle	G</translation>
    </message>
    <message>
        <source>Image &amp;alone</source>
        <translation>Image &amp;seule</translation>
    </message>
    <message>
        <source>Window/level tool	W</source>
        <translation>Outil fenêtre/niveau	W</translation>
    </message>
    <message>
        <source>Zoom tool	Z</source>
        <translation>Outil zoom	Z</translation>
    </message>
    <message>
        <source>Pan tool	T</source>
        <translation>Outil déplacement	T</translation>
    </message>
    <message>
        <source>Scroll tool	S</source>
        <translation>Outil défilement	S</translation>
    </message>
    <message>
        <source>&amp;All</source>
        <translation>&amp;Toutes</translation>
    </message>
    <message>
        <source>&amp;Minimal</source>
        <translation>&amp;Minimales</translation>
    </message>
    <message>
        <source>&amp;None but the patient</source>
        <translation>&amp;Aucune sauf le patient</translation>
    </message>
    <message>
        <source>Annotations: next level	Space</source>
        <translation>Annotations : niveau suivant	Espace</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Fichier</translation>
    </message>
    <message>
        <source>Open &amp;recent</source>
        <translation>Ouvrir un document &amp;récent</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Affichage</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>&amp;Thème</translation>
    </message>
    <message>
        <source>A&amp;nnotations</source>
        <translation>A&amp;nnotations</translation>
    </message>
    <message>
        <source>&amp;Image</source>
        <translation>&amp;Image</translation>
    </message>
    <message>
        <source>&amp;Presets</source>
        <translation>&amp;Préréglages</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>Aid&amp;e</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>Outils</translation>
    </message>
</context>
<context>
    <name>diascope::ui::MessageBar</name>
    <message>
        <source>Show the list</source>
        <translation>Montrer la liste</translation>
    </message>
    <message>
        <source>Copy the message</source>
        <translation>Copier le message</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Fermer</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1 : %2</translation>
    </message>
    <message>
        <source>%1: %2 (%3)</source>
        <translation>%1 : %2 (%3)</translation>
    </message>
</context>
<context>
    <name>diascope::ui::Option</name>
    <message>
        <source>Model and device</source>
        <translation>Modèle et appareil</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Réseau</translation>
    </message>
    <message>
        <source>The network that is trained</source>
        <translation>Le réseau qui est entraîné</translation>
    </message>
    <message>
        <source>Start weights</source>
        <translation>Poids initiaux</translation>
    </message>
    <message>
        <source>A safetensors file to start from; empty: from scratch</source>
        <translation>Un fichier safetensors de départ ; vide : à partir de zéro</translation>
    </message>
    <message>
        <source>Dropout</source>
        <translation>Abandon</translation>
    </message>
    <message>
        <source>Share of the head&apos;s inputs that are switched off in each step</source>
        <translation>Part des entrées de la tête coupées à chaque pas</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatique</translation>
    </message>
    <message>
        <source>CPU</source>
        <translation>Processeur</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Appareil</translation>
    </message>
    <message>
        <source>Where the network is computed</source>
        <translation>Où le réseau est calculé</translation>
    </message>
    <message>
        <source>CPU threads</source>
        <translation>Fils du processeur</translation>
    </message>
    <message>
        <source>0 = all cores; a run repeats bit by bit with the same number only</source>
        <translation>0 = tous les cœurs ; un essai ne se répète au bit près qu’avec le même nombre</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>Apprentissage</translation>
    </message>
    <message>
        <source>Epochs</source>
        <translation>Époques</translation>
    </message>
    <message>
        <source>Passes over the training part, at most</source>
        <translation>Passages sur la partie d’apprentissage, au plus</translation>
    </message>
    <message>
        <source>Batch</source>
        <translation>Lot</translation>
    </message>
    <message>
        <source>images</source>
        <translation>images</translation>
    </message>
    <message>
        <source>Images in one step; more needs more memory</source>
        <translation>Images par pas ; plus demande plus de mémoire</translation>
    </message>
    <message>
        <source>Learning rate, head</source>
        <translation>Taux, tête</translation>
    </message>
    <message>
        <source>Step size of the head</source>
        <translation>Taille du pas de la tête</translation>
    </message>
    <message>
        <source>Learning rate, backbone</source>
        <translation>Taux, tronc</translation>
    </message>
    <message>
        <source>Step size of the rest of the network</source>
        <translation>Taille du pas du reste du réseau</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>Décroissance des poids</translation>
    </message>
    <message>
        <source>Pull of the weights towards zero</source>
        <translation>Rappel des poids vers zéro</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>Perte</translation>
    </message>
    <message>
        <source>What is made small</source>
        <translation>Ce qui est minimisé</translation>
    </message>
    <message>
        <source>By class count</source>
        <translation>Selon les classes</translation>
    </message>
    <message>
        <source>Binary cross entropy</source>
        <translation>Entropie croisée binaire</translation>
    </message>
    <message>
        <source>Cross entropy</source>
        <translation>Entropie croisée</translation>
    </message>
    <message>
        <source>Best epoch by</source>
        <translation>Meilleure époque selon</translation>
    </message>
    <message>
        <source>Figure of the validation part that decides</source>
        <translation>Valeur de la partie de validation qui décide</translation>
    </message>
    <message>
        <source>Highest AUC</source>
        <translation>AUC la plus haute</translation>
    </message>
    <message>
        <source>Lowest loss</source>
        <translation>Perte la plus basse</translation>
    </message>
    <message>
        <source>Patience</source>
        <translation>Patience</translation>
    </message>
    <message>
        <source>epochs</source>
        <translation>époques</translation>
    </message>
    <message>
        <source>Epochs without improvement before an early stop</source>
        <translation>Époques sans progrès avant un arrêt anticipé</translation>
    </message>
    <message>
        <source>Augment</source>
        <translation>Augmenter</translation>
    </message>
    <message>
        <source>Flips and small changes of brightness, in the training part only</source>
        <translation>Miroirs et petits changements de luminosité, dans la partie d’apprentissage seulement</translation>
    </message>
    <message>
        <source>Balance classes</source>
        <translation>Équilibrer les classes</translation>
    </message>
    <message>
        <source>Draw each class equally often, in the training part only</source>
        <translation>Tirer chaque classe aussi souvent, dans la partie d’apprentissage seulement</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Graine</translation>
    </message>
    <message>
        <source>The same seed gives the same run</source>
        <translation>La même graine donne le même essai</translation>
    </message>
    <message>
        <source>Data and split</source>
        <translation>Données et partage</translation>
    </message>
    <message>
        <source>empty: guessed from the header</source>
        <translation>vide : déduit de l’en-tête</translation>
    </message>
    <message>
        <source>Validation part</source>
        <translation>Partie de validation</translation>
    </message>
    <message>
        <source>Share of the patients that is held out for validation</source>
        <translation>Part des patients réservée à la validation</translation>
    </message>
    <message>
        <source>Test part</source>
        <translation>Partie de test</translation>
    </message>
    <message>
        <source>Share of the patients that the run never looks at until its end</source>
        <translation>Part des patients que l’essai ne regarde jamais avant sa fin</translation>
    </message>
    <message>
        <source>Image folder</source>
        <translation>Dossier d’images</translation>
    </message>
    <message>
        <source>Where the images of a CSV lie; empty: beside it</source>
        <translation>Où se trouvent les images d’un CSV ; vide : à côté</translation>
    </message>
    <message>
        <source>Image column</source>
        <translation>Colonne des images</translation>
    </message>
    <message>
        <source>Column with the image names; %1</source>
        <translation>Colonne des noms d’images ; %1</translation>
    </message>
    <message>
        <source>Label column</source>
        <translation>Colonne des étiquettes</translation>
    </message>
    <message>
        <source>Column with the classes; %1</source>
        <translation>Colonne des classes ; %1</translation>
    </message>
    <message>
        <source>Patient column</source>
        <translation>Colonne des patients</translation>
    </message>
    <message>
        <source>Images of one patient stay in one part; %1</source>
        <translation>Les images d’un patient restent dans une seule partie ; %1</translation>
    </message>
    <message>
        <source>Split column</source>
        <translation>Colonne du partage</translation>
    </message>
    <message>
        <source>Column with a split that is given; %1</source>
        <translation>Colonne d’un partage donné ; %1</translation>
    </message>
    <message>
        <source>Patient in file name</source>
        <translation>Patient dans le nom</translation>
    </message>
    <message>
        <source>Regular expression; what its first bracket finds is the patient</source>
        <translation>Expression régulière ; ce que trouve sa première parenthèse est le patient</translation>
    </message>
    <message>
        <source>Model package</source>
        <translation>Paquet de modèle</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nom</translation>
    </message>
    <message>
        <source>Stands beside every answer</source>
        <translation>Figure à côté de chaque réponse</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>Version</translation>
    </message>
    <message>
        <source>Trained on</source>
        <translation>Entraîné sur</translation>
    </message>
    <message>
        <source>One sentence about the data; stands beside every answer</source>
        <translation>Une phrase sur les données ; figure à côté de chaque réponse</translation>
    </message>
    <message>
        <source>Intended use</source>
        <translation>Usage prévu</translation>
    </message>
    <message>
        <source>What the model is meant for, and what not</source>
        <translation>À quoi sert le modèle, et à quoi non</translation>
    </message>
    <message>
        <source>Highest accuracy</source>
        <translation>La plus haute exactitude</translation>
    </message>
    <message>
        <source>Highest balanced accuracy</source>
        <translation>La plus haute exactitude équilibrée</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Méthode</translation>
    </message>
    <message>
        <source>Focal loss</source>
        <translation>Perte focale</translation>
    </message>
    <message>
        <source>Makes hard pictures count more</source>
        <translation>Donne plus de poids aux images difficiles</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>Non</translation>
    </message>
    <message>
        <source>As in RenalNet</source>
        <translation>Comme dans RenalNet</translation>
    </message>
    <message>
        <source>As published by Lin</source>
        <translation>Comme publiée par Lin</translation>
    </message>
    <message>
        <source>Label smoothing</source>
        <translation>Lissage des étiquettes</translation>
    </message>
    <message>
        <source>Share of each target that goes to all classes alike</source>
        <translation>Part de chaque cible répartie entre toutes les classes</translation>
    </message>
    <message>
        <source>Optimiser</source>
        <translation>Optimiseur</translation>
    </message>
    <message>
        <source>How a gradient becomes a step</source>
        <translation>Comment un gradient devient un pas</translation>
    </message>
    <message>
        <source>Momentum</source>
        <translation>Inertie</translation>
    </message>
    <message>
        <source>Of SGD and RMSprop: how long a step goes on</source>
        <translation>De SGD et RMSprop : combien de temps un pas se prolonge</translation>
    </message>
    <message>
        <source>Schedule</source>
        <translation>Programme des taux</translation>
    </message>
    <message>
        <source>How the learning rates move during the run</source>
        <translation>Comment les taux évoluent pendant l’exécution</translation>
    </message>
    <message>
        <source>Constant</source>
        <translation>Constant</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Par paliers</translation>
    </message>
    <message>
        <source>Down when it stalls</source>
        <translation>Baisse quand le progrès cesse</translation>
    </message>
    <message>
        <source>Half a cosine</source>
        <translation>Demi-cosinus</translation>
    </message>
    <message>
        <source>One cycle</source>
        <translation>Un cycle</translation>
    </message>
    <message>
        <source>Warm-up, then half a cosine</source>
        <translation>Montée, puis demi-cosinus</translation>
    </message>
    <message>
        <source>Layers that train</source>
        <translation>Couches apprises</translation>
    </message>
    <message>
        <source>all, head, or a layer&apos;s name and + for it and all after it</source>
        <translation>all, head, ou le nom d’une couche suivi de + pour elle et toutes les suivantes</translation>
    </message>
    <message>
        <source>Head only for</source>
        <translation>Tête seule pendant</translation>
    </message>
    <message>
        <source>The rest is frozen until then</source>
        <translation>Le reste est gelé jusque-là</translation>
    </message>
    <message>
        <source>Mixup</source>
        <translation>Mixup</translation>
    </message>
    <message>
        <source>Probability that a batch is mixed with itself</source>
        <translation>Probabilité qu’un lot soit mélangé avec lui-même</translation>
    </message>
    <message>
        <source>Cutmix</source>
        <translation>Cutmix</translation>
    </message>
    <message>
        <source>Probability that boxes are exchanged in a batch that was not mixed</source>
        <translation>Probabilité d’échanger des rectangles dans un lot non mélangé</translation>
    </message>
    <message>
        <source>Averaged weights</source>
        <translation>Poids moyennés</translation>
    </message>
    <message>
        <source>Decay of a moving average that takes the weights&apos; place; 0 = off</source>
        <translation>Décroissance d’une moyenne mobile qui remplace les poids ; 0 = sans</translation>
    </message>
    <message>
        <source>Test-time views</source>
        <translation>Vues à la prédiction</translation>
    </message>
    <message>
        <source>Views whose probabilities the package averages, with commas between</source>
        <translation>Vues dont le paquet moyenne les probabilités, séparées par des virgules</translation>
    </message>
    <message>
        <source>Split</source>
        <translation>Partage</translation>
    </message>
    <message>
        <source>Who trains and who validates; patients are never divided</source>
        <translation>Qui apprend et qui valide ; les patients ne sont jamais divisés</translation>
    </message>
    <message>
        <source>One part held out</source>
        <translation>Une partie mise à part</translation>
    </message>
    <message>
        <source>One part held out, stratified</source>
        <translation>Une partie mise à part, stratifiée</translation>
    </message>
    <message>
        <source>One part held out, at random</source>
        <translation>Une partie mise à part, au hasard</translation>
    </message>
    <message>
        <source>Cross-validation, stratified</source>
        <translation>Validation croisée stratifiée</translation>
    </message>
    <message>
        <source>Cross-validation by patient</source>
        <translation>Validation croisée par patient</translation>
    </message>
    <message>
        <source>Cross-validation</source>
        <translation>Validation croisée</translation>
    </message>
    <message>
        <source>As the table says</source>
        <translation>Selon le tableau</translation>
    </message>
    <message>
        <source>Cross-validation that divides patients</source>
        <translation>Validation croisée qui divise les patients</translation>
    </message>
    <message>
        <source>At random, divides patients</source>
        <translation>Au hasard, divise les patients</translation>
    </message>
    <message>
        <source>Folds</source>
        <translation>Plis</translation>
    </message>
    <message>
        <source>Of a cross-validation; 1 without one</source>
        <translation>D’une validation croisée ; 1 sans elle</translation>
    </message>
    <message>
        <source>Repeats</source>
        <translation>Répétitions</translation>
    </message>
    <message>
        <source>Of a cross-validation, each with other folds</source>
        <translation>D’une validation croisée, chacune avec d’autres plis</translation>
    </message>
    <message>
        <source>Memory for pictures</source>
        <translation>Mémoire pour les images</translation>
    </message>
    <message>
        <source>MiB</source>
        <translation>Mio</translation>
    </message>
    <message>
        <source>More of them are read from the disk while training; 0: what is free</source>
        <translation>Au-delà, elles sont lues sur le disque pendant l’entraînement ; 0 : ce qui est libre</translation>
    </message>
    <message>
        <source>Pictures that look the same</source>
        <translation>Images qui se ressemblent</translation>
    </message>
    <message>
        <source>Whether they count as one patient</source>
        <translation>Si elles comptent pour un seul patient</translation>
    </message>
    <message>
        <source>Stay together</source>
        <translation>Restent ensemble</translation>
    </message>
    <message>
        <source>Not looked for</source>
        <translation>Non recherchées</translation>
    </message>
    <message>
        <source>Weights kept</source>
        <translation>Poids gardés</translation>
    </message>
    <message>
        <source>Of which epoch; with the last one the validation part chooses none</source>
        <translation>De quelle époque ; avec la dernière, la partie de validation n’en choisit aucune</translation>
    </message>
    <message>
        <source>Of the best epoch</source>
        <translation>De la meilleure époque</translation>
    </message>
    <message>
        <source>Of the last epoch</source>
        <translation>De la dernière époque</translation>
    </message>
    <message>
        <source>Tracking</source>
        <translation>Suivi</translation>
    </message>
    <message>
        <source>MLflow store</source>
        <translation>Dépôt MLflow</translation>
    </message>
    <message>
        <source>Its folder; empty: mlruns in the run folder; off: none</source>
        <translation>Son dossier ; vide : mlruns dans le dossier de l’essai ; off : aucun</translation>
    </message>
    <message>
        <source>Experiment</source>
        <translation>Expérience</translation>
    </message>
    <message>
        <source>Name under which MLflow lists the run</source>
        <translation>Nom sous lequel MLflow range l’essai</translation>
    </message>
    <message>
        <source>Pictures without labels</source>
        <translation>Images sans étiquettes</translation>
    </message>
    <message>
        <source>What a training without labels may see of pictures that the data name as validation or test part</source>
        <translation>Ce qu’un entraînement sans étiquettes peut voir des images que les données attribuent à la validation ou au test</translation>
    </message>
    <message>
        <source>Training part only</source>
        <translation>Partie d’entraînement seulement</translation>
    </message>
    <message>
        <source>All of them</source>
        <translation>Toutes</translation>
    </message>
</context>
<context>
    <name>diascope::ui::OverlayControls</name>
    <message>
        <source>Model overlay</source>
        <translation>Superposition du modèle</translation>
    </message>
    <message>
        <source>Where in the image the answer comes from (G; hold H to hide)</source>
        <translation>D’où vient la réponse dans l’image (G ; maintenir H pour masquer)</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Méthode</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>Classe</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Couleurs</translation>
    </message>
    <message>
        <source>Jet (legacy)</source>
        <translation>Jet (ancien)</translation>
    </message>
    <message>
        <source>Drawing</source>
        <translation>Tracé</translation>
    </message>
    <message>
        <source>Smooth</source>
        <translation>Lissé</translation>
    </message>
    <message>
        <source>Network&apos;s own grid</source>
        <translation>Grille du réseau</translation>
    </message>
    <message>
        <source>Contour lines</source>
        <translation>Lignes de niveau</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>Opacité</translation>
    </message>
    <message>
        <source>How strongly the highest value covers the image</source>
        <translation>Force avec laquelle la plus haute valeur couvre l’image</translation>
    </message>
    <message>
        <source>Threshold</source>
        <translation>Seuil</translation>
    </message>
    <message>
        <source>Values below are not painted at all</source>
        <translation>Les valeurs inférieures ne sont pas peintes</translation>
    </message>
    <message>
        <source>Grad-CAM</source>
        <translation>Grad-CAM</translation>
    </message>
    <message>
        <source>Network&apos;s attention</source>
        <translation>Attention du réseau</translation>
    </message>
    <message>
        <source>Computing the map…</source>
        <translation>Calcul de la carte…</translation>
    </message>
    <message>
        <source>No map for this image yet.</source>
        <translation>Pas encore de carte pour cette image.</translation>
    </message>
    <message>
        <source>Nothing to show: the map holds no evidence for “%1”.</source>
        <translation>Rien à montrer : la carte ne contient aucun indice pour « %1 ».</translation>
    </message>
    <message>
        <source>Relative within this image: 1.0 is its strongest place (grid %1 × %2). Not comparable between images.</source>
        <translation>Relatif à cette image : 1,0 est son point le plus fort (grille %1 × %2). Non comparable entre images.</translation>
    </message>
</context>
<context>
    <name>diascope::ui::PlanForm</name>
    <message>
        <source>on</source>
        <translation>activé</translation>
    </message>
    <message>
        <source>off</source>
        <translation>désactivé</translation>
    </message>
    <message>
        <source>empty</source>
        <translation>vide</translation>
    </message>
    <message>
        <source>changed, recipe: %1</source>
        <translation>modifié, recette : %1</translation>
    </message>
</context>
<context>
    <name>diascope::ui::PresetName</name>
    <message>
        <source>Auto</source>
        <translation>Auto</translation>
    </message>
    <message>
        <source>Full range</source>
        <translation>Étendue complète</translation>
    </message>
    <message>
        <source>Brain</source>
        <translation>Cerveau</translation>
    </message>
    <message>
        <source>Abdomen</source>
        <translation>Abdomen</translation>
    </message>
    <message>
        <source>Mediastinum</source>
        <translation>Médiastin</translation>
    </message>
    <message>
        <source>Lung</source>
        <translation>Poumon</translation>
    </message>
    <message>
        <source>Bone</source>
        <translation>Os</translation>
    </message>
    <message>
        <source>Liver</source>
        <translation>Foie</translation>
    </message>
    <message>
        <source>Kidney</source>
        <translation>Rein</translation>
    </message>
</context>
<context>
    <name>diascope::ui::ResultCard</name>
    <message>
        <source>%1 (%2 to %3)</source>
        <translation>%1 (%2 à %3)</translation>
    </message>
    <message>
        <source>Open package in Read</source>
        <translation>Ouvrir le paquet dans Lire</translation>
    </message>
    <message>
        <source>Finished, best epoch %1</source>
        <translation>Terminé, meilleure époque %1</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>Terminé</translation>
    </message>
    <message>
        <source>Stopped; what was done is kept</source>
        <translation>Arrêté ; ce qui a été fait est conservé</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Échec</translation>
    </message>
    <message>
        <source>Run folder: %1</source>
        <translation>Dossier de l’essai : %1</translation>
    </message>
    <message>
        <source>Finished, epoch %1 is kept, the best was %2</source>
        <translation>Terminé, l’époque %1 est gardée, la meilleure était la %2</translation>
    </message>
    <message>
        <source>No package comes of a training without labels. Its weights are in %1: choose another recipe and name this file under &quot;Start weights&quot;.</source>
        <translation>Un entraînement sans étiquettes ne donne pas de paquet. Ses poids sont dans %1 : choisissez une autre recette et indiquez ce fichier sous « Poids initiaux ».</translation>
    </message>
</context>
<context>
    <name>diascope::ui::ResultPanel</name>
    <message>
        <source>Open model package…</source>
        <translation>Ouvrir un paquet de modèle…</translation>
    </message>
    <message>
        <source>Ask the model</source>
        <translation>Interroger le modèle</translation>
    </message>
    <message>
        <source>Model result</source>
        <translation>Résultat du modèle</translation>
    </message>
    <message>
        <source>SHA-256 %1</source>
        <translation>SHA-256 %1</translation>
    </message>
    <message>
        <source>The package does not say what it was trained on.</source>
        <translation>Le paquet ne dit pas sur quoi il a été entraîné.</translation>
    </message>
    <message>
        <source>Trained on: %1</source>
        <translation>Entraîné sur : %1</translation>
    </message>
    <message>
        <source>No model package is open. The image can be read without one.</source>
        <translation>Aucun paquet de modèle n’est ouvert. L’image peut être lue sans lui.</translation>
    </message>
    <message>
        <source>No answer for this image.</source>
        <translation>Pas de réponse pour cette image.</translation>
    </message>
    <message>
        <source>The model is reading the image…</source>
        <translation>Le modèle lit l’image…</translation>
    </message>
</context>
<context>
    <name>diascope::ui::SafetyStrip</name>
    <message>
        <source>Research and education software. Not a medical device. Not for diagnosis or treatment decisions.</source>
        <translation>Logiciel de recherche et d’enseignement. Pas un dispositif médical. Ne pas utiliser pour le diagnostic ni le traitement.</translation>
    </message>
</context>
<context>
    <name>diascope::ui::SeriesPanel</name>
    <message>
        <source>Series</source>
        <translation>Séries</translation>
    </message>
    <message>
        <source>Nothing open yet.</source>
        <translation>Rien d’ouvert pour l’instant.</translation>
    </message>
    <message>
        <source>1 image</source>
        <translation>1 image</translation>
    </message>
    <message>
        <source>%1 images</source>
        <translation>%1 images</translation>
    </message>
    <message>
        <source>Untitled series</source>
        <translation>Série sans titre</translation>
    </message>
    <message>
        <source>1 remark</source>
        <translation>1 remarque</translation>
    </message>
    <message>
        <source>%1 remarks</source>
        <translation>%1 remarques</translation>
    </message>
</context>
<context>
    <name>diascope::ui::StatusLine</name>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
</context>
<context>
    <name>diascope::ui::Text</name>
    <message>
        <source>This cannot be done</source>
        <translation>Ceci est impossible</translation>
    </message>
    <message>
        <source>The plan cannot be carried out</source>
        <translation>Le plan ne peut pas être exécuté</translation>
    </message>
    <message>
        <source>Not found</source>
        <translation>Introuvable</translation>
    </message>
    <message>
        <source>No permission to read or write</source>
        <translation>Pas d’autorisation de lecture ou d’écriture</translation>
    </message>
    <message>
        <source>Kind of file not supported</source>
        <translation>Type de fichier non pris en charge</translation>
    </message>
    <message>
        <source>Damaged or incomplete file</source>
        <translation>Fichier endommagé ou incomplet</translation>
    </message>
    <message>
        <source>Too large</source>
        <translation>Trop grand</translation>
    </message>
    <message>
        <source>Took too long</source>
        <translation>Délai dépassé</translation>
    </message>
    <message>
        <source>The decoder failed on this file</source>
        <translation>Le décodeur a échoué sur ce fichier</translation>
    </message>
    <message>
        <source>Not enough memory</source>
        <translation>Mémoire insuffisante</translation>
    </message>
    <message>
        <source>The disk is full</source>
        <translation>Le disque est plein</translation>
    </message>
    <message>
        <source>Things that must agree do not</source>
        <translation>Des éléments qui doivent concorder diffèrent</translation>
    </message>
    <message>
        <source>Device not available</source>
        <translation>Appareil indisponible</translation>
    </message>
    <message>
        <source>In use by another program</source>
        <translation>Utilisé par un autre programme</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Arrêté</translation>
    </message>
    <message>
        <source>Internal error</source>
        <translation>Erreur interne</translation>
    </message>
    <message>
        <source>Choose something else and try again.</source>
        <translation>Choisissez autre chose et réessayez.</translation>
    </message>
    <message>
        <source>Correct the named setting.</source>
        <translation>Corrigez le réglage nommé.</translation>
    </message>
    <message>
        <source>Check the name; the file may have been moved or deleted.</source>
        <translation>Vérifiez le nom ; le fichier a pu être déplacé ou supprimé.</translation>
    </message>
    <message>
        <source>Check the permissions of the file and its folder.</source>
        <translation>Vérifiez les droits du fichier et de son dossier.</translation>
    </message>
    <message>
        <source>Convert the file, or export it uncompressed from its source.</source>
        <translation>Convertissez le fichier, ou exportez-le sans compression depuis sa source.</translation>
    </message>
    <message>
        <source>Copy or export the file again from its source.</source>
        <translation>Copiez ou exportez de nouveau le fichier depuis sa source.</translation>
    </message>
    <message>
        <source>Open a smaller file, or raise the limit.</source>
        <translation>Ouvrez un fichier plus petit, ou relevez la limite.</translation>
    </message>
    <message>
        <source>Try again; if it happens each time, the file is probably damaged.</source>
        <translation>Réessayez ; si cela se répète, le fichier est sans doute endommagé.</translation>
    </message>
    <message>
        <source>Other files are not affected. Please report this file&apos;s kind.</source>
        <translation>Les autres fichiers ne sont pas touchés. Merci de signaler ce type de fichier.</translation>
    </message>
    <message>
        <source>Close other programs, or choose a smaller batch or image size.</source>
        <translation>Fermez d’autres programmes, ou choisissez un lot ou des images plus petits.</translation>
    </message>
    <message>
        <source>Free some space or choose another folder; nothing was overwritten.</source>
        <translation>Libérez de la place ou choisissez un autre dossier ; rien n’a été écrasé.</translation>
    </message>
    <message>
        <source>Get the file again from where it was made.</source>
        <translation>Reprenez le fichier là où il a été créé.</translation>
    </message>
    <message>
        <source>Choose the CPU, or check the driver.</source>
        <translation>Choisissez le processeur, ou vérifiez le pilote.</translation>
    </message>
    <message>
        <source>Close the other program, or choose another folder.</source>
        <translation>Fermez l’autre programme, ou choisissez un autre dossier.</translation>
    </message>
    <message>
        <source>What was done until then is kept.</source>
        <translation>Ce qui a été fait jusque-là est conservé.</translation>
    </message>
    <message>
        <source>Please report it with the text of this message.</source>
        <translation>Merci de le signaler avec le texte de ce message.</translation>
    </message>
    <message>
        <source>about %1 s left</source>
        <translation>environ %1 s restantes</translation>
    </message>
    <message>
        <source>about %1 min left</source>
        <translation>environ %1 min restantes</translation>
    </message>
    <message>
        <source>about %1 h left</source>
        <translation>environ %1 h restantes</translation>
    </message>
</context>
<context>
    <name>diascope::ui::TrainPage</name>
    <message>
        <source>Repeat %1, fold %2</source>
        <translation>Répétition %1, pli %2</translation>
    </message>
    <message>
        <source>Folder with one folder for each class</source>
        <translation>Dossier contenant un dossier par classe</translation>
    </message>
    <message>
        <source>CSV file with labels</source>
        <translation>Fichier CSV avec étiquettes</translation>
    </message>
    <message>
        <source>CSV files (*.csv);;All files (*)</source>
        <translation>Fichiers CSV (*.csv);;Tous les fichiers (*)</translation>
    </message>
    <message>
        <source>Choose the data first.</source>
        <translation>Choisissez d’abord les données.</translation>
    </message>
    <message>
        <source>The data are being read.</source>
        <translation>Les données sont en cours de lecture.</translation>
    </message>
    <message>
        <source>The data cannot be trained on as they are.</source>
        <translation>Les données ne permettent pas l’apprentissage en l’état.</translation>
    </message>
    <message>
        <source>Correct the settings named above.</source>
        <translation>Corrigez les réglages nommés ci-dessus.</translation>
    </message>
    <message>
        <source>Choose a folder for the run.</source>
        <translation>Choisissez un dossier pour l’essai.</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>Arrêt…</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Arrêter</translation>
    </message>
    <message>
        <source>No data chosen</source>
        <translation>Aucune donnée choisie</translation>
    </message>
    <message>
        <source>Data source</source>
        <translation>Source des données</translation>
    </message>
    <message>
        <source>CSV file…</source>
        <translation>Fichier CSV…</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>Dossier…</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>Données</translation>
    </message>
    <message>
        <source>Run folder</source>
        <translation>Dossier de l’essai</translation>
    </message>
    <message>
        <source>Where the run and its model package are written</source>
        <translation>Où l’essai et son paquet de modèle sont écrits</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Choisir…</translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation>Recette</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Démarrer</translation>
    </message>
    <message>
        <source>Epoch</source>
        <translation>Époque</translation>
    </message>
    <message>
        <source>Loss, train</source>
        <translation>Perte, appr.</translation>
    </message>
    <message>
        <source>Loss, val.</source>
        <translation>Perte, val.</translation>
    </message>
    <message>
        <source>AUC, val.</source>
        <translation>AUC, val.</translation>
    </message>
    <message>
        <source>Acc., val.</source>
        <translation>Exact., val.</translation>
    </message>
    <message>
        <source>Rate</source>
        <translation>Taux</translation>
    </message>
    <message>
        <source>Images/s</source>
        <translation>Images/s</translation>
    </message>
    <message>
        <source>Wait, %</source>
        <translation>Attente, %</translation>
    </message>
    <message>
        <source>Time, s</source>
        <translation>Durée, s</translation>
    </message>
    <message>
        <source>Best</source>
        <translation>Max.</translation>
    </message>
    <message>
        <source>Mean loss of the training part</source>
        <translation>Perte moyenne de la partie d’apprentissage</translation>
    </message>
    <message>
        <source>Mean loss of the validation part</source>
        <translation>Perte moyenne de la partie de validation</translation>
    </message>
    <message>
        <source>Area under the ROC curve of the validation part</source>
        <translation>Aire sous la courbe ROC de la partie de validation</translation>
    </message>
    <message>
        <source>Accuracy of the validation part</source>
        <translation>Exactitude de la partie de validation</translation>
    </message>
    <message>
        <source>Learning rate of the head</source>
        <translation>Taux d’apprentissage de la tête</translation>
    </message>
    <message>
        <source>Images per second</source>
        <translation>Images par seconde</translation>
    </message>
    <message>
        <source>Share of the time in which the device waited for data</source>
        <translation>Part du temps où l’appareil a attendu des données</translation>
    </message>
    <message>
        <source>Seconds for the epoch</source>
        <translation>Secondes pour l’époque</translation>
    </message>
    <message>
        <source>Epochs that were the best so far</source>
        <translation>Époques qui étaient les meilleures jusque-là</translation>
    </message>
    <message>
        <source>Epochs</source>
        <translation>Époques</translation>
    </message>
    <message>
        <source>Progress of the run</source>
        <translation>Avancement de l’essai</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Journal</translation>
    </message>
    <message>
        <source>Folder for the run</source>
        <translation>Dossier pour l’essai</translation>
    </message>
    <message>
        <source>No run yet. The curves appear here while it trains.</source>
        <translation>Aucun essai. Les courbes apparaissent ici pendant l’apprentissage.</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Démarrage…</translation>
    </message>
    <message>
        <source>Stopping after this batch…</source>
        <translation>Arrêt après ce lot…</translation>
    </message>
    <message>
        <source>%1 (repeat %2, fold %3)</source>
        <translation>%1 (répétition %2, pli %3)</translation>
    </message>
    <message>
        <source>Epoch %1 of %2</source>
        <translation>Époque %1 sur %2</translation>
    </message>
    <message>
        <source>batch %1 of %2</source>
        <translation>lot %1 sur %2</translation>
    </message>
    <message>
        <source>loss %1</source>
        <translation>perte %1</translation>
    </message>
    <message>
        <source>%1 images/s</source>
        <translation>%1 images/s</translation>
    </message>
    <message>
        <source>The run is finished.</source>
        <translation>L’essai est terminé.</translation>
    </message>
    <message>
        <source>The run was stopped.</source>
        <translation>L’essai a été arrêté.</translation>
    </message>
    <message>
        <source>The run failed.</source>
        <translation>L’essai a échoué.</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Reprendre</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Hold the run before its next batch; what is done is kept</source>
        <translation>Suspendre l’essai avant le lot suivant ; ce qui est fait est gardé</translation>
    </message>
    <message>
        <source>Going on…</source>
        <translation>Reprise…</translation>
    </message>
    <message>
        <source>Paused. A batch that has begun is finished; what is done is kept.</source>
        <translation>En pause. Un lot commencé est terminé ; ce qui est fait est gardé.</translation>
    </message>
    <message>
        <source>Paused: the disk is full. The run goes on by itself when there is room.</source>
        <translation>En pause : le disque est plein. L’essai reprend de lui-même dès qu’il y a de la place.</translation>
    </message>
</context>
<context>
    <name>diascope::ui::Viewport</name>
    <message>
        <source>Image</source>
        <translation>Image</translation>
    </message>
    <message>
        <source>Loading…</source>
        <translation>Chargement…</translation>
    </message>
    <message>
        <source>Loading image %1…</source>
        <translation>Chargement de l’image %1…</translation>
    </message>
    <message>
        <source>The image has no pixels.</source>
        <translation>L’image n’a pas de pixels.</translation>
    </message>
    <message>
        <source>Fit to view</source>
        <translation>Ajuster à la vue</translation>
    </message>
    <message>
        <source>One to one</source>
        <translation>Taille réelle</translation>
    </message>
    <message>
        <source>Rotate 90° clockwise	R</source>
        <translation>Tourner de 90° à droite	R</translation>
    </message>
    <message>
        <source>Flip left-right	F</source>
        <translation>Miroir gauche-droite	F</translation>
    </message>
    <message>
        <source>Invert	I</source>
        <translation>Inverser	I</translation>
    </message>
    <message>
        <source>Reset view	Esc</source>
        <translation>Rétablir la vue	Échap</translation>
    </message>
    <message>
        <source>%1 cm</source>
        <translation>%1 cm</translation>
    </message>
    <message>
        <source>   overlay %1 (relative)</source>
        <translation>   superposition %1 (relative)</translation>
    </message>
    <message>
        <source>Model overlay: %1</source>
        <translation>Superposition du modèle : %1</translation>
    </message>
    <message>
        <source>Auto</source>
        <translation>Auto</translation>
    </message>
    <message>
        <source>Window %1 of the file</source>
        <translation>Fenêtre %1 du fichier</translation>
    </message>
    <message>
        <source>Drop a file or folder here, or press Ctrl+O</source>
        <translation>Déposez un fichier ou un dossier ici, ou appuyez sur Ctrl+O</translation>
    </message>
</context>
</TS>
