using Notify.Inbound.Returns;
using Notify.Tests.Support;

namespace Notify.Tests.Inbound.Returns;

/// <summary>Reports as each program writes them, in mails of our own (<c>Mails/</c>, with what is expected in <c>mails.tsv</c>), and sayings (<c>sayings.tsv</c>).</summary>
public sealed class OwnMailsTests
{
    private const string Folder = "tests/Notify.Tests/Inbound/Returns/";

    public static TheoryData<string> Files => [.. Rows("mails.tsv").Select(row => row[0]).Distinct()];

    [Theory, MemberData(nameof(Files))]
    public void A_mail_is_read_as_the_table_says(string file)
    {
        var expected = Rows("mails.tsv").Where(row => row[0] == file).ToList();

        var mails = Read(file);

        Assert.Equal(expected[0][1], Camel(mails[0].Kind.ToString()));
        Assert.Equal(
            expected.Where(row => row.Length > 2).Select(row => string.Join(' ', row[2..])),
            mails.SelectMany(mail => mail.Recipients).Select(Told));
    }

    [Fact]
    public void Every_mail_stands_in_the_table() =>
        Assert.Equal(Directory.GetFiles(RepositoryRoot.At(Folder + "Mails")).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal),
            Rows("mails.tsv").Select(row => row[0]).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void What_a_server_says_is_read_as_the_table_says()
    {
        var differences = from row in Rows("sayings.tsv")
                          let recipient = Verdict.On(Said(row[2], row[3]))
                          let got = $"{recipient.Reason.ToString().ToLowerInvariant()} {(recipient.Hard ? "yes" : "no")}"
                          where got != $"{row[0]} {row[1]}"
                          select $"[{row[2]}] {row[3]}: {got}, not {row[0]} {row[1]}";

        Assert.Empty(differences);
        Assert.True(Rows("sayings.tsv").Count() > 500);
    }

    [Theory]
    [InlineData("postfix-unknown", "d42.k7m2", "alert-42@news.example")]
    [InlineData("qmail-local", null, "alert-42@news.example")]
    [InlineData("complaint", null, "alert-42@news.example")]
    [InlineData("vacation", null, "alert-42@news.example")]
    [InlineData("imail", null, "alert-42@news.example")]
    [InlineData("postfix-delayed", null, "alert-42@news.example")]
    public void What_names_our_own_mail_is_found(string file, string? envelope, string message)
    {
        var mail = Read(file)[0];

        Assert.Equal((envelope, message), (mail.EnvelopeId, mail.MessageId));
    }

    [Theory]
    [InlineData("postfix-unknown", "b+42.k7m2@bounce.news.example")]
    [InlineData("exchange-55", "b+42.k7m2@bounce.news.example", "bounces@news.example")]
    [InlineData("complaint", "fbl@news.example")]
    [InlineData("vacation", "alerts@news.example")]
    public void Where_it_arrived_is_told(string file, params string[] addresses) => Assert.Equal(addresses, Read(file)[0].ArrivedAt);

    [Fact]
    public void Nothing_of_a_mail_is_in_what_a_log_line_shows()
    {
        var mail = Read("postfix-unknown")[0];

        Assert.DoesNotContain('@', mail.ToString());
        Assert.DoesNotContain('@', mail.Recipients[0].ToString());
    }

    [Fact]
    public void A_stream_is_read_so_far_and_no_farther()
    {
        using var endless = new Endless(File.ReadAllBytes(RepositoryRoot.At(Folder + "Mails/postfix-unknown.eml")));

        var mail = ReturnedMail.Read(endless);

        Assert.Equal(ReturnKind.Bounce, mail.Kind);
        Assert.Equal(ReturnedMail.LargestMail, endless.Position);
    }

    [Theory]
    [InlineData("reasons", 3), InlineData("statuses", 4), InlineData("phrases", 4), InlineData("wording", 3)]
    public void A_table_has_no_row_twice(string name, int columns)
    {
        var rows = Table.Rows(name, columns).Select(row => name switch { "phrases" => $"{row[1]} {row[2]}", "wording" => $"{row[0]} {row[1]}", _ => row[0] }).ToList();

        Assert.Equal(rows.Distinct(), rows);
    }

    [Fact]
    public void Every_reason_has_its_row_and_few_are_hard()
    {
        var rows = Table.Rows("reasons", 3).ToDictionary(row => row[0], row => row[1]);

        Assert.Equal(Enum.GetNames<ReturnReason>().Select(name => name.ToLowerInvariant()).Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["hasmoved", "hostunknown", "notaccept", "userunknown"], rows.Where(row => row.Value == "yes").Select(row => row.Key).Order(StringComparer.Ordinal));
    }

    internal static IEnumerable<byte[]> All() => Directory.GetFiles(RepositoryRoot.At(Folder + "Mails")).Order(StringComparer.Ordinal).Select(File.ReadAllBytes);

    private static List<ReturnedMail> Read(string file) => [.. RawMail.Split(File.ReadAllBytes(RepositoryRoot.At($"{Folder}Mails/{file}.eml"))).Select(ReturnedMail.Read)];

    private static IEnumerable<string[]> Rows(string table) => File.ReadLines(RepositoryRoot.At(Folder + table)).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t'));

    private static string Told(ReturnedRecipient one) =>
        string.Join(' ', one.Address, one.Action ?? "-", one.Status ?? "-", one.ReplyCode ?? "-", one.Reason.ToString().ToLowerInvariant(), one.Hard ? "yes" : "no");

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    /// <summary>In the report of a mail system that quotes it, or in its own words where no command was refused.</summary>
    private static Account Said(string command, string said)
    {
        var fields = new Fields();
        fields.Add("Action", "failed");
        fields.Add("Status", Codes.Status(null, said) ?? "");
        fields.Add("Diagnostic-Code", $"{(Codes.Reply(said, null) is null ? "x-notify" : "smtp")}; {said}");
        return new Account("reader@example.com")
        {
            Fields = fields,
            Prose = command == "-" ? $"<reader@example.com>: {said}" : $"<reader@example.com>: host mx.example.com[192.0.2.1] said: {said} (in reply to {command} command)",
        };
    }

    /// <summary>A mail, and then blanks without end.</summary>
    private sealed class Endless(byte[] mail) : Stream
    {
        public override long Position { get; set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count)
        {
            for (var i = 0; i < count; i++, Position++)
            {
                buffer[offset + i] = Position < mail.Length ? mail[Position] : (byte)' ';
            }

            return count;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
