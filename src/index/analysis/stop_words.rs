//! The words that say nothing, by language. Written for this project, from the grammar of each language.

use super::language::Language;

pub(super) const LISTS: &[(Language, &str)] = &[
    (
        Language::English,
        "a about all am an and any are as at be been being but by can could d did do does doing for from \
        had has have having he her hers him his how i if in into is it its ll m me my of on or our ours re s shall she \
        should so some t than that the their theirs them then there these they this those till to until us ve was we were what when \
        where which who whom whose why will with would you your yours not no dont didnt doesnt isnt wasnt cant im ive",
    ),
    (
        Language::German,
        "aber als also am an auch auf aus bei bin bis da dann das dass dein deine dem den der des die dies \
        diese dieser dieses doch du durch ein eine einem einen einer eines er es für gegen haben hat hatte hatten hier ich \
        ihm ihn ihr ihre im in ist ja kein keine man mein meine mich mir mit nach nicht noch nun nur ob oder ohne sehr sein \
        seine sich sie sind so über um und uns unser unter vom von vor wann war waren warum was weil welche welcher welches wem wen \
        wenn wer werden wie wieder wir wird wo wurde wurden zu zum zur",
    ),
    (
        Language::French,
        "à au aux avec c ce ces cet cette ceux comme comment d dans de des du elle elles en est et était \
        être eu fait fut il ils j je l la le les leur leurs lui m ma mais me mes moi mon n ne nos notre nous on ont ou où \
        par pas plus pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa sans se ses si son sont sur t ta te tes \
        toi ton tu un une vos votre vous y a ai as avait avez avons avais ça été suis sommes très aussi chez",
    ),
    (
        Language::Spanish,
        "a al algo ante como cómo con cual cuál cuando cuándo de del desde donde dónde e el él ella ellas \
        ellos en entre era eran eres es esa ese eso esta está están estas este esto estos fue fueron ha había han has hasta hay he la las \
        le les lo los más me mi mí mis muy nada ni no nos nosotros o os para pero por porque qué que quien quién se ser \
        si sí sin sobre son soy su sus también te tiene tu tú tus un una unas uno unos y ya yo",
    ),
    (
        Language::Portuguese,
        "a ao aos às as até com como da das de dela dele deles do dos e é ela elas ele eles em entre era \
        essa esse esta está estava este estou eu foi foram há isso isto já lhe mais mas me meu meus minha minhas muito na não nas \
        nem no nos nós num numa o onde os ou para pela pelas pelo pelos por porque qual quando quais que quê quem se sem ser seu seus são só \
        sua suas também te tem têm tinha tu um uma umas uns você vocês",
    ),
    (
        Language::Italian,
        "a ad agli ai al alla alle allo anche c che chi ci come con cosa cui da dagli dai dal dalla dalle \
        dei del della delle dello di dove e è ed era erano gli ha hai hanno ho i il in io l la le lei li lo loro lui ma mi mia \
        mio miei mie ne negli nei nel nella nelle noi non nostro o per perché più qual quale quali quando quanto questa queste questi \
        questo se sei si sia siamo sono stata stato su sua suo sul sulla ti tra tu tuo tua un una uno vi voi",
    ),
    (
        Language::Dutch,
        "aan al als bij dan dat de der deze die dit doch doen door dus een en er ge geen had heb hebben heeft \
        hem het hier hij hoe hun ik in is ja je jij kan me men met mij mijn moet na naar niet niets nog nu of om omdat ons ook op \
        over te tegen toch toen tot u uit uw van veel voor waar waarom wanneer want waren was wat we wel welke werd wie wij wil \
        worden wordt zal ze zei zich zij zijn zo zonder zou",
    ),
    (
        Language::Swedish,
        "alla att av blev bli de dem den denna deras dess det detta dig din ditt du där efter ej eller en \
        er ett från för ha hade han hans har henne hennes hon honom hur här i icke ingen inte jag ju kan man med mellan men mig min \
        mina mitt mot mycket ni nu när någon något några och om oss på sedan sig sin sina sitt skulle som så till under upp ut \
        utan vad var varför vem vi vid vilka vilken vilket är åt över",
    ),
    (
        Language::Danish,
        "af alle at blev blive da de dem den denne der deres det dette dig din disse dog du efter eller en \
        end er et for fra ham han hans har havde have hende hendes her hos hun hvad hvem hvis hvor hvordan hvorfor hvornår i ikke \
        ind jeg jo kunne man mange med meget men mig min mine mit mod ned noget nogle nu når og også om op os over på sig \
        sin skal skulle som sådan til ud under var vi vil ville være været",
    ),
    (
        Language::Norwegian,
        "alle at av ble bli da de deg dem den denne deres det dette din disse du eller en enn er et ett \
        etter for fra før ha hadde han hans har hennes henne her hun hva hvem hvis hvor hvordan hvorfor i ikke ingen inn jeg \
        kan kom kunne man med meg meget men mellom min mine mitt mot mye noe noen nå når og også om opp oss over på seg \
        selv sin skal skulle som så til ut var ved vi vil ville være vært",
    ),
    (
        Language::Finnish,
        "ei eikä en että ettei he hän hänen ja jo joka jos jossa jota joten jotka kanssa koska kuin kuinka kuka \
        kun me mihin mikä miksi millä milloin minkä minua minulla minulle minun minä missä mistä mitä mukaan mutta myös ne niin niitä \
        noin nyt oli olen olet oli ollut olla olivat on ovat se sen siellä sillä sinun sinä siinä siitä sitä tai te tuo tämä tämän \
        tässä tätä vaan vai vain voi",
    ),
    (
        Language::Hungarian,
        "a abban ahhoz ahogy aki akik akkor alatt amely ami amikor arra az azok azon azt azért be csak de e egy \
        egyik el én ennek ez ezek ezt fel ha hogy hogyan hol honnan hova igen is itt ki kell le lehet lesz már meg meg még mert mi miért mikor mint \
        mit nagyon ne nekem nem nincs ő ők össze s sem sok szerint szét te több úgy után van vagy vagyok valami való volt voltak",
    ),
    (
        Language::Polish,
        "a aby ale bardzo bez bo by być był była było były ci co czy dla do gdy gdzie go i ich ile im ja jak jaka \
        jaki jakie jako je jego jej jest jestem jeszcze już każdy kiedy kto która które który którzy ku lub ma mam mi mnie mu my na nad \
        nam nas nie nich nim niż o od on ona one oni ono oraz po pod przed przez przy są się sobie swoje ta tak także tam te tego tej \
        ten to tu ty tylko tym u w we więc z za ze że dlaczego",
    ),
    (
        Language::Czech,
        "a aby ale ani až být bude budou by byl byla byli bylo bych co což či dnes do ho i já jak jako je jeho jej \
        její jejich jen ještě jich jsem jsi jsme jsou jste k kam kde kdo kdy když která které který kteří ku má mě mezi mi mít mnou můj my na \
        nad nám nás ne nebo není než ni nic o od on ona oni pak po pod podle pro proč proto protože před při s se si \
        sice své svůj ta tak také tam tě tedy ten tento to toho tom tu ty u už v ve však vy z za ze že",
    ),
    (
        Language::Romanian,
        "a acea aceasta această aceea acel acest aceste ai al ale am ar are as au ca că când ce cel cei cele \
        cine cu cum da dar de decât deci din după ea ei el ele este eu fi fost i iar în între îl îi își la le lor lui mai mă mea \
        meu mi ne nici noi nu o ori pe pentru pot prin sa să sale sau se și sînt sunt său te tu tot un una unde unei unor unui va vă \
        voi vor",
    ),
    (
        Language::Turkish,
        "acaba ama ancak artık asla ben beni benim bir biri biz bize bizim bu buna bunu bunun burada çok çünkü da daha \
        de değil diye en eğer gibi hangi hem hep her hiç için ile ise kadar ki kim kimi mi mı mu mü nasıl ne neden nerede nereye \
        niçin niye o olan olarak oldu olduğu olur on ona ondan onlar onu onun sana sen seni senin siz şey şu tüm var ve veya ya yani yok zaman",
    ),
    (
        Language::Catalan,
        "a al als amb aquell aquest aquesta aquestes aquests això allò com d de del dels des el ella elles ells els em en ens era \
        és es està estan eren et ha han he ho i jo l la les li lo m més meu meva mi molt n ni no nosaltres o on pel pels per però perquè \
        quan que què qui quin quina s sense ser seu seva són si sobre també tinc té tot tu un una unes uns va vam van vaig vostè",
    ),
    (
        Language::Basque,
        "al ala arabera asko baina bat batean batek batzuk bere berak beren bezala da dago dira ditu du dute edo egin ere eta \
        ez gara gu gure haiek hau hauek hori horiek hura izan ni nire nola non nor noiz oso zein zen zer zergatik ziren zu zuen zuk",
    ),
    (
        Language::Esperanto,
        "al ankaŭ aŭ ĉar ĉe ĉi ĉiu ĉu da de do dum el en estas estis estos esti ĝi ĝia ĝis havas ili ilia iu ja jam je jes kaj \
        ke kia kial kie kiel kio kion kiu kiuj kun la laŭ li lia mi mia ne nek ni nia nu ol oni per plej pli por post pri se sed \
        sen ŝi ŝia si sia sub super sur tamen tia tiam tie tio tiu tra tre vi via",
    ),
    (
        Language::Estonian,
        "aga ei ega ehk et ette ja juba ju ka kas keda kelle kes kui kuidas kus kuhu läbi ma mille millal mis miks \
        mida minu mina mu me meie nad need nende nii ning nüüd oleme olen oled oli olid olla oma on pole sa see seda selle siin siis sina sinu \
        ta teda tema te teie üle väga või välja",
    ),
    (
        Language::Indonesian,
        "ada adalah agar akan aku anda apa apakah atau bagaimana bahwa banyak beberapa belum bisa bukan dalam dan dapat dari \
        dengan dia di hanya harus ia ini itu jika juga kalau kami kamu kapan karena ke kenapa kepada kita lagi lalu lebih maka mana mereka \
        mengapa namun oleh pada para pernah pun saat saja sangat saya sebuah secara sedang seperti siapa sudah supaya telah tentang tetapi \
        tidak untuk yaitu yang",
    ),
    (
        Language::Irish,
        "a ach ag agus an ar as atá bhí bhfuil cad cá cén conas dá de do dom dul é faoi fhéin go í i iad is le \
        leis lena má mar mé mo muid na ná nach ní níl nó ó os roimh sa san sé seo sí siad sin sna tá thar thú trí tú um",
    ),
    (
        Language::Lithuanian,
        "ar arba aš bei bet buvo būti čia dar dėl ir iš į ja jau jei ji jie jis jo jos jų jūs kad kai kaip kas \
        kiek kur kurie kuris kurią koks kodėl ko labai man mano mes mums ne nes nei net nuo o pagal per po prie prieš pas savo su ši šis \
        šio ta tai taip tarp tas tu tuo už vis yra",
    ),
    (
        Language::Sesotho,
        "ba bona e eo eng ea ha haeba hae hape hona ho hore jwang joang ka kapa ke ke kae le lena leo mang me mo moo na \
        ne neng o ona re rona sa se sena seo tsa tse tsena wa ya yena yona",
    ),
    (
        Language::Greek,
        "αλλά αν από αυτά αυτές αυτή αυτό αυτοί αυτός αυτού για γιατί δε δεν εγώ εδώ είμαι είναι είσαι εμείς ένα ένας εσύ \
        έχει έχω ή ήταν η θα και κι κάτι με μας μέσα μετά μη μην μια μου να ο οι όπως όταν ότι ποια ποιο ποιος πολύ που πού πότε πριν προς πώς \
        σαν σας σε στα στη στην στις στο στον στους τα της τη την τι τις το τον του τους των ως",
    ),
    (
        Language::Russian,
        "а без более бы был была были было быть в вам вас весь во вот все всё вы где да для до его ее её если есть еще ещё же за \
        здесь зачем и из или им их к как какая какие какой ко когда который которая которые кто куда ли лишь меня мне мой моя мы на над нам нас не него нее нет \
        ни них но ну о об один он она они оно от очень по под почему при про с сам свою себя сейчас со так там тебя то того тоже той только том ты у \
        уже чего чем что чтобы эта эти это этот я",
    ),
    (
        Language::Ukrainian,
        "а або але б без би був була були було бути в вам вас ви від він вона вони воно вже все всі де для до є її їх же з за зі \
        і із й його йому коли кого куди ли має мене мені ми мій моя на над нам нас наш не неї нема ні ним них ну о от по під після при про \
        с себе свій та так також там те тебе ти тим тільки то тобі того той тому у хто це цей ця ці чи чого чому ще що щоб я як яка який які",
    ),
    (
        Language::Serbian,
        "а али би био била било бити где да до због за и из или им има их ја је јер јесам још када како кад ко која које који \
        којих која код ли међу мене ми мој на над нам не него није њега њен њих о од он она они оно ово овај после по при са сам само се себи си \
        смо су сте та тако те ти то тог тој у уз шта што ће ћу",
    ),
    (
        Language::Armenian,
        "այդ այլ այն այս դու դուք եմ են ենք ես եք է էի էին էր ըստ թե ի ին ինչ ինչու իր կա համար հետ հետո ով որ որը որտեղ որոնք որպես ու ում \
        պիտի վրա և եւ մեջ մենք մի նա նաև նրա նրանք երբ ինչպես",
    ),
    (
        Language::Arabic,
        "من في إلى الى على عن مع هذا هذه ذلك تلك هو هي هم هن أنا انا أنت نحن كان كانت كانوا يكون ما ماذا متى أين اين كيف لماذا لم لا \
        لن ليس قد أن ان إن أو او ثم كل بعض التي الذي الذين هل بين عند عندما لكن حتى بعد قبل منذ أي اي كم له لها لهم به بها فيه فيها لي و هناك هنا",
    ),
    (
        Language::Persian,
        "از است اگر اما آن آنها این ایشان با بر برای به بود بودند تا تو چرا چه چی چگونه خود در دارد داشت را شد شده شما که کی کجا کدام کرد \
        کرده کند ما من می نه نیست هر هم همه هیچ و ولی یا یک هست هستند بین پس",
    ),
    (
        Language::Hindi,
        "अपना अपनी अपने अब आप इस इसके इसका इसकी इन उन उनका उनके उस उसका उसके उसकी उसने एक और ऐसा कब कर करना करने कहाँ कहां का कि किस किसी \
        की कुछ के को कोई कौन क्या क्यों कैसे गया गयी गई जब जो तक तब तो था थी थे तुम द्वारा न नहीं ने पर भी मुझे मेरा मेरी मेरे मैं में यह यहाँ यहां या ये रहा रही \
        रहे लिए लेकिन वह वहाँ वहां वे वाले साथ से सब हम हमारे ही हुआ हुई हुए है हैं हो होता होती होते हूँ हूं",
    ),
    (
        Language::Nepali,
        "अनि अब आफ्नो उनी उसले एक कति कसरी कहाँ कहिले किन को का की के कुन गर्छ गर्न गरेको छ छन् छैन जब जुन त तर तिनी तिमी थियो थिए देखि न \
        नै पनि बाट भए भएको भन्ने म मा माथि मेरो यस यी यो र रहेको लाई ले वा सँग सबै हरू हामी हो हुन हुने हुन्छ",
    ),
    (
        Language::Tamil,
        "அது அந்த அவர் அவர்கள் அவள் அவன் ஆகும் இது இந்த இல்லை உள்ள உள்ளது எங்கே எது எந்த எப்படி எப்போது என் என்பது என்ற என்று என்ன ஏன் ஒரு \
        ஓர் தான் நாங்கள் நான் நீ நீங்கள் போது மற்றும் மிக முதல் யார் வேண்டும் கொண்டு",
    ),
    (
        Language::Yiddish,
        "און אויף אויב אויך אין איז איך איר אים ער זי עס די דער דאָס דעם דאס דו מיר מיך מיט ניט נישט נאָר פֿון פון פֿאַר פאר צו װאָס וואָס װער ווער \
        װוּ װען ווען װי ווי האָט האט האָבן זיך זײַן זיין זענען געװען געווען אַ אַן אַז אַזוי בײַ ביי",
    ),
];

/// Letters that few languages write.
pub(super) const LETTERS: &[(&str, &[Language])] = &[
    ("ß", &[Language::German]),
    ("ä", &[Language::German, Language::Swedish, Language::Finnish, Language::Estonian]),
    (
        "ö",
        &[
            Language::German,
            Language::Swedish,
            Language::Finnish,
            Language::Estonian,
            Language::Hungarian,
            Language::Turkish,
        ],
    ),
    ("ü", &[Language::German, Language::Estonian, Language::Hungarian, Language::Turkish]),
    ("å", &[Language::Swedish, Language::Danish, Language::Norwegian]),
    ("øæ", &[Language::Danish, Language::Norwegian]),
    ("ñ", &[Language::Spanish, Language::Basque]),
    ("ãõ", &[Language::Portuguese]),
    ("ç", &[Language::French, Language::Portuguese, Language::Turkish, Language::Catalan]),
    ("êëîïûœ", &[Language::French]),
    ("èà", &[Language::French, Language::Italian, Language::Catalan]),
    ("ìù", &[Language::Italian]),
    ("ğış", &[Language::Turkish]),
    ("őű", &[Language::Hungarian]),
    ("řěůšž", &[Language::Czech]),
    ("łąęśżźćń", &[Language::Polish]),
    ("ă", &[Language::Romanian]),
    ("ĉĝĥĵŝŭ", &[Language::Esperanto]),
    ("ėįųū", &[Language::Lithuanian]),
];

#[cfg(test)]
mod tests {
    use super::super::Language;
    use super::LISTS;

    #[test]
    fn every_language_has_its_words() {
        let mut listed: Vec<Language> = LISTS.iter().map(|&(language, _)| language).collect();
        listed.sort_unstable();
        assert_eq!(listed, Language::ALL);
        for (language, words) in LISTS {
            assert!(words.split_ascii_whitespace().count() >= 30, "{language:?}");
        }
    }
}
