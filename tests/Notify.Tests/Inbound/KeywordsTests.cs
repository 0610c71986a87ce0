using CsCheck;
using Notify.Inbound;
using Notify.Publication;
using Notify.Tests.Support;

namespace Notify.Tests.Inbound;

public sealed class KeywordsTests
{
    [Theory]
    [InlineData("STOP"), InlineData("stop"), InlineData("sToP"), InlineData(" Stop. "), InlineData("stop!!!"), InlineData("\"STOP\""), InlineData("“Stop”")]
    [InlineData("*STOP*"), InlineData("STOP 🛑"), InlineData("🙏🏽 stop 🙏🏽"), InlineData("\r\nSTOP\t"), InlineData("ST\u200BOP"), InlineData("\uFEFFstop\u00AD")]
    [InlineData("ＳＴＯＰ"), InlineData("ⓢⓣⓞⓟ"), InlineData("𝐒𝐓𝐎𝐏"), InlineData("S.T.O.P."), InlineData("s\u0336t\u0336o\u0336p\u0336"), InlineData("stop\uFE0F")]
    [InlineData("stopall"), InlineData("STOP ALL"), InlineData("Stop-All"), InlineData("unsubscribe"), InlineData("cancel"), InlineData("END"), InlineData("Quit")]
    [InlineData("revoke"), InlineData("OPTOUT"), InlineData("opt out"), InlineData("Opt-Out"), InlineData("opt  out."), InlineData("remove"), InlineData("TD")]
    [InlineData("ARRET"), InlineData("arrêt"), InlineData("Arrête"), InlineData("ARRÊTER"), InlineData("désabonner"), InlineData("stop sms")]
    [InlineData("alto"), InlineData("no más"), InlineData("baja"), InlineData("sair"), InlineData("Stopp"), InlineData("abmelden"), InlineData("annulla")]
    [InlineData("הסר"), InlineData("הָסֵר"), InlineData("Стоп")]
    [InlineData("please stop"), InlineData("stop?no"), InlineData("please please stop it"), InlineData("Stop, please!"), InlineData("pls unsubscribe"), InlineData("STOP PLZ"), InlineData("por favor parar"), InlineData("unsubscribe me")]
    public void Reads_stop(string body) => Assert.Equal(Keyword.Stop, Keywords.Read(body).Means);

    /// <summary>Whoever says it plainly, in any of the languages, waits for no person.</summary>
    [Theory]
    [InlineData("please stop texting me"), InlineData("unsubscribe me please"), InlineData("ya no quiero recibir mensajes"), InlineData("wrong number"), InlineData("sorry, you have the wrong number")]
    [InlineData("Please take me off your list"), InlineData("remove me from this list"), InlineData("do not text me again"), InlineData("I don't want these texts anymore"), InlineData("no more texts please")]
    [InlineData("I want to unsubscribe"), InlineData("how do I unsubscribe"), InlineData("stop sending me messages"), InlineData("leave me alone"), InlineData("I never signed up for this")]
    [InlineData("lose my number"), InlineData("delete my number"), InlineData("opt me out"), InlineData("I'd like to be removed from your list"), InlineData("cancel my subscription")]
    [InlineData("stpo"), InlineData("stp texting me"), InlineData("no me manden más mensajes"), InlineData("quiero darme de baja"), InlineData("número equivocado")]
    [InlineData("sáquenme de la lista"), InlineData("ne m'envoyez plus de SMS"), InlineData("je veux me désabonner"), InlineData("mauvais numéro"), InlineData("désinscrivez-moi")]
    [InlineData("não quero mais receber mensagens"), InlineData("me tira da lista"), InlineData("número errado"), InlineData("parem de mandar mensagens"), InlineData("bitte keine SMS mehr")]
    [InlineData("nehmen Sie mich aus dem Verteiler"), InlineData("falsche Nummer"), InlineData("ich möchte keine Nachrichten mehr bekommen"), InlineData("non voglio più ricevere messaggi"), InlineData("cancellatemi dalla lista")]
    [InlineData("numero sbagliato"), InlineData("basta messaggi"), InlineData("תפסיקו לשלוח לי הודעות"), InlineData("תסירו אותי מהרשימה"), InlineData("טעות במספר")]
    [InlineData("נעמט מיך אראפ פון די ליסטע"), InlineData("הערט אויף צו שיקן"), InlineData("не пишите мне больше"), InlineData("удалите мой номер"), InlineData("вы ошиблись номером")]
    [InlineData("отпишите меня от рассылки"), InlineData("не пишіть мені більше"), InlineData("видаліть мій номер"), InlineData("ви помилилися номером"), InlineData("відпишіть мене від розсилки")]
    public void What_is_plainly_said_is_a_stop_at_once(string body) => Assert.Equal(Keyword.Stop, Keywords.Read(body).Means);

    [Theory]
    [InlineData("afmelden; Which alerts do I get?"), InlineData("stp! START"), InlineData("START; stp"), InlineData("🖕. HELP"), InlineData("help 😡. Stopped"), InlineData("pause 3. No thanks")]
    [InlineData("😂 to “Pigeon stops traffic”... ❌"), InlineData("❌ 😡. Laughed at “Pigeon stops traffic”")]
    public void Nothing_beside_a_revocation_is_a_command(string body) => Assert.Equal(Keyword.Review, Keywords.Read(body).Means);

    [Theory]
    [InlineData("What? Really?"), InlineData("Terrible news! 😡"), InlineData("Great. Thanks! Who won?")]
    public void What_asks_or_is_angry_beside_something_else_means_nothing(string body) => Assert.Equal(Keyword.None, Keywords.Read(body).Means);

    [Theory]
    [InlineData("START"), InlineData("unstop"), InlineData("Y"), InlineData("y."), InlineData("\"Y\""), InlineData("Yes!"), InlineData("yes please"), InlineData("👍 yes")]
    [InlineData("join"), InlineData("Subscribe")]
    public void Reads_start(string body) => Assert.Equal(Keyword.Start, Keywords.Read(body).Means);

    [Theory]
    [InlineData("HELP"), InlineData("help?"), InlineData("Info"), InlineData("aide"), InlineData("ayuda"), InlineData("Hilfe!"), InlineData("help please")]
    [InlineData("?"), InlineData(" ?? "), InlineData("？"), InlineData("?\uFE0F"), InlineData("עזרה")]
    public void Reads_help(string body) => Assert.Equal(Keyword.Help, Keywords.Read(body).Means);

    [Theory]
    [InlineData(null), InlineData(""), InlineData("  \n"), InlineData("!"), InlineData("👍"), InlineData("?!"), InlineData("...?"), InlineData("\u200B")]
    [InlineData("We must STOP this bill"), InlineData("the end"), InlineData("don't stop"), InlineData("nonstop"), InlineData("stops")]
    [InlineData("yes stop"), InlineData("help stop"), InlineData("please"), InlineData("startup"), InlineData("yesterday")]
    [InlineData("no"), InlineData("step"), InlineData("shop"), InlineData("1"), InlineData("st op")]
    public void Everything_else_is_left_to_a_person(string? body) => Assert.True(Keywords.Read(body).Means is Keyword.None or Keyword.Review);

    [Theory]
    [InlineData("STOP ALERTS", null), InlineData("stop all", null), InlineData("Stop everything please", null), InlineData("unsubscribe all", null), InlineData("END ALL", null)]
    [InlineData("stop sport", "sport"), InlineData("unsubscribe sport", "sport")]
    public void A_topics_name_never_makes_less_of_a_stop(string body, string? topic)
    {
        TopicOptions[] topics = [.. new[] { "alerts", "all", "everything", "sport" }.Select(key => new TopicOptions { Key = key, Name = key })];

        Assert.Equal((Keyword.Stop, topic), (Keywords.Read(body, topics).Means, Keywords.Read(body, topics).Topic));
    }

    /// <summary>A word among the answers that is no start any more would be forgotten there.</summary>
    [Fact]
    public void Every_word_that_only_answers_is_a_start()
    {
        var answers = File.ReadLines(RepositoryRoot.At("src/Notify/Inbound/Words/answers.txt")).Where(line => line.Length > 0 && line[0] is not ('#' or '[')).SelectMany(line => line.Split(", ")).ToList();

        Assert.True(answers.Count > 50, $"{answers.Count} are not all of them.");
        Assert.All(answers, answer => Assert.Equal((Keyword.Start, true), (Keywords.Read(answer).Means, Keywords.Read(answer).IsAnswer)));
        Assert.All((string[])["START", "yes", "YES!", "unstop", "Subscribe", "resume"], start => Assert.Equal((Keyword.Start, false), (Keywords.Read(start).Means, Keywords.Read(start).IsAnswer)));
    }

    /// <summary>What the provider answers and blocks by itself must never be missed here (its documented default lists).</summary>
    [Theory]
    [InlineData("STOP,STOPALL,UNSUBSCRIBE,CANCEL,END,QUIT,REVOKE,OPTOUT", Keyword.Stop)]
    [InlineData("START,YES,UNSTOP", Keyword.Start)]
    [InlineData("HELP,INFO", Keyword.Help)]
    public void Is_a_superset_of_the_providers_own_lists(string words, Keyword expected) =>
        Assert.All(words.Split(','), word => Assert.Equal(expected, Keywords.Read(word).Means));

    [Fact]
    public void Ten_thousand_characters_cost_nothing()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();

        Assert.Equal(Keyword.Stop, Keywords.Read("STOP" + new string(' ', 10_000)).Means);
        Assert.Equal(Keyword.Stop, Keywords.Read("STOP" + new string('!', 10_000)).Means);
        Assert.Equal(Keyword.Help, Keywords.Read(new string('?', 10_000)).Means);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"took {clock.Elapsed}");
    }

    [Fact]
    public void Never_throws_and_dressing_never_changes_the_meaning()
    {
        var word = Gen.OneOf("stop", "Unsubscribe", "OPT OUT", "y", "help", "banana", "stop the press");
        var dressing = Gen.Char[" .,!\"'()*_-\n\u200B\uFE0F\u00A0\u2026"].Array[0, 10].Select(c => new string(c));

        Gen.Char["stop?\u0301\u200B\uD83D\uDED1\n "].Array[0, 8].Select(c => new string(c)).Sample(body => { Keywords.Read(body); }, iter: 10_000);
        Gen.Select(dressing, word, dressing).Sample((before, core, after) => Assert.Equal(Keywords.Read(core).Means, Keywords.Read(before + core + after).Means), iter: 5_000);
    }
}
