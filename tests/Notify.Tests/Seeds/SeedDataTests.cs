using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CsvHelper;
using Notify.Contacts;
using Notify.Tests.Support;

namespace Notify.Tests.Seeds;

/// <summary>
/// The demo data reaches nobody: numbers are ones that a regulator keeps free for films and examples, domains are those of RFC 2606.
/// It must still be good enough for the real sign-up, so it is held against the same parsers and the same settings.
/// </summary>
public sealed partial class SeedDataTests
{
    private static readonly Lazy<IReadOnlyList<Reader>> AllReaders = new(ReadReaders);

    private static readonly Lazy<XElement> Channel = new(() => XDocument.Load(RepositoryRoot.At("seeds/feed.xml")).Root!.Element("channel")!);

    private static readonly Lazy<JsonElement> Publication = new(() =>
        JsonDocument.Parse("""
            {
              "DefaultRegion": "US",
              "Countries": ["US", "CA", "GB", "AU", "FR", "SE", "IL"],
              "Topics": [
                { "Key": "international-news", "Name": "International News" }, { "Key": "latest-news", "Name": "Latest News" },
                { "Key": "politics", "Name": "Politics" }, { "Key": "world-news", "Name": "World News" }]
            }
            """).RootElement);

    private static IEnumerable<XElement> Items => Channel.Value.Elements("item");

    /// <summary>
    /// What is kept free: North America's 555-0100 to 555-0199 in every area code; ACMA's list of mobile numbers for fiction (0491 570 xxx) in
    /// Australia; 070-1740605 to 699 in Sweden (PTS). Ofcom's 07700 900xxx and Arcep's 06 39 98 xx xx are kept free as well,
    /// but libphonenumber takes neither for a valid number, so the form would refuse them.
    /// </summary>
    [GeneratedRegex(@"^(\+1[2-9]\d\d55501\d\d|\+61491570(006|110|15[6-9]|313|737)|\+467017406(0[5-9]|[1-9]\d))$",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ReservedNumber { get; }

    [GeneratedRegex(@"@(example\.com|example\.net|[a-z0-9-]+\.(example|test))$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ReservedDomain { get; }

    [Fact]
    public void Nobody_outside_can_be_reached_by_accident()
    {
        var phones = AllReaders.Value.Select(reader => reader.Phone).Where(phone => phone.Length > 0);
        var emails = AllReaders.Value.Select(reader => reader.Email).Where(email => email.Length > 0);

        Assert.All(phones, phone => Assert.Matches(ReservedNumber, phone));
        Assert.All(emails, email => Assert.Matches(ReservedDomain, email));
    }

    [Fact]
    public void Numbers_and_addresses_that_are_left_to_others_are_not_used()
    {
        var readers = File.ReadAllText(RepositoryRoot.At("seeds/readers.csv"));

        Assert.DoesNotContain("+121255501", readers, StringComparison.Ordinal);
        Assert.DoesNotContain("example.org", readers, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Every_reader_could_have_signed_up_on_the_page()
    {
        var countries = Publication.Value.GetProperty("Countries").EnumerateArray().Select(country => country.GetString()!).ToArray();

        Assert.All(AllReaders.Value, reader =>
        {
            Assert.True(reader.Phone.Length + reader.Email.Length > 0, "neither phone nor e-mail");
            if (reader.Phone.Length > 0)
            {
                Assert.True(PhoneNumber.TryParse(reader.Phone, "US", countries, out var number, out var problem), $"{reader.Phone}: {problem}");
                Assert.Equal(reader.Phone, number.Value);
            }

            if (reader.Email.Length > 0)
            {
                Assert.True(EmailAddress.TryParse(reader.Email, out var address, out var problem), $"{reader.Email}: {problem}");
                Assert.Equal(reader.Email, address.Value);
            }
        });
    }

    [Fact]
    public void Every_reader_has_a_place_a_language_and_topics_that_exist()
    {
        var topics = Publication.Value.GetProperty("Topics").EnumerateArray().Select(topic => topic.GetProperty("Key").GetString()!).ToHashSet();

        Assert.All(AllReaders.Value, reader =>
        {
            Assert.NotEmpty(reader.Name);
            Assert.Contains(reader.Locale, (string[])["en", "he", "yi", "fr", "es", "ru", "de"]);
            Assert.True(TimeZoneInfo.TryFindSystemTimeZoneById(reader.TimeZone, out _), reader.TimeZone);
            Assert.Subset(topics, reader.Topics.Split(';', StringSplitOptions.RemoveEmptyEntries).ToHashSet());
            Assert.Equal("instant", reader.Frequency);
            Assert.Contains(reader.State, (string[])["active", "unconfirmed", "stopped"]);
        });
    }

    [Fact]
    public void Readers_are_about_forty_each_once_and_of_every_kind()
    {
        var readers = AllReaders.Value;

        Assert.InRange(readers.Count, 36, 44);
        Assert.Distinct(readers.Select(reader => reader.Name));
        Assert.Distinct(readers.Select(reader => reader.Phone).Where(phone => phone.Length > 0));
        Assert.Distinct(readers.Select(reader => reader.Email).Where(email => email.Length > 0));
        Assert.Equal(3, readers.GroupBy(reader => (reader.Phone.Length > 0, reader.Email.Length > 0)).Count(kind => kind.Count() >= 5));
        Assert.Equal(3, readers.GroupBy(reader => reader.State).Count(state => state.Count() >= 3));
        Assert.True(readers.Count(reader => reader.State == "active") > readers.Count / 2);
        Assert.True(readers.Select(reader => reader.TimeZone).Distinct().Count() >= 12);
        Assert.Equal(7, readers.Select(reader => reader.Locale).Distinct().Count());
    }

    [Fact]
    public void The_newest_item_is_the_one_the_demo_is_about()
    {
        var newest = Items.MaxBy(PublishedAt)!;

        Assert.Equal("Kim Jong Un Offers Vladimir Putin and Russia North Korea's Full Support", newest.Element("title")!.Value);
        Assert.Equal(new DateOnly(2023, 9, 13), DateOnly.FromDateTime(PublishedAt(newest).UtcDateTime));
        Assert.Equal(["International News", "Latest News", "Politics", "World News"], newest.Elements("category").Select(category => category.Value));
        Assert.Same(newest, Items.First());
    }

    [Fact]
    public void Every_item_has_what_an_alert_is_made_of()
    {
        var categories = Publication.Value.GetProperty("Topics").EnumerateArray().Select(topic => topic.GetProperty("Name").GetString()!).ToHashSet();

        Assert.Equal("2.0", Channel.Value.Parent!.Attribute("version")!.Value);
        Assert.InRange(Items.Count(), 12, 16);
        Assert.All(Items, item =>
        {
            Assert.InRange(item.Element("title")!.Value.Length, 10, 100);
            Assert.InRange(item.Element("description")!.Value.Length, 40, 300);
            Assert.StartsWith("https://yid-info.example/", item.Element("link")!.Value, StringComparison.Ordinal);
            Assert.Equal("false", item.Element("guid")!.Attribute("isPermaLink")!.Value);
            Assert.NotEmpty(item.Elements("category"));
            Assert.Subset(categories, item.Elements("category").Select(category => category.Value).ToHashSet());
        });
        Assert.Distinct(Items.Select(item => item.Element("guid")!.Value));
        Assert.Distinct(Items.Select(item => item.Element("link")!.Value));
    }

    [Fact]
    public void Items_stand_newest_first_within_the_days_before()
    {
        var dates = Items.Select(PublishedAt).ToArray();

        Assert.Equal(dates.OrderDescending(), dates);
        Assert.Distinct(dates);
        Assert.True(dates[0] - dates[^1] < TimeSpan.FromDays(10));
        Assert.Equal(dates[0], DateTimeOffset.Parse(Channel.Value.Element("lastBuildDate")!.Value, CultureInfo.InvariantCulture));
    }

    /// <summary>RFC 822 as RSS wants it; the pattern also checks the day's name.</summary>
    private static DateTimeOffset PublishedAt(XElement item) =>
        DateTimeOffset.ParseExact(item.Element("pubDate")!.Value, "r", CultureInfo.InvariantCulture);

    private static List<Reader> ReadReaders()
    {
        using var csv = CsvReader.FromFile(RepositoryRoot.At("seeds/readers.csv"));
        var readers = new List<Reader>();
        csv.ReadHeader();
        while (csv.Read())
        {
            readers.Add(new(
                csv.GetString("name"), csv.GetString("phone"), csv.GetString("email"), csv.GetString("locale"),
                csv.GetString("timeZone"), csv.GetString("topics"), csv.GetString("frequency"), csv.GetString("state")));
        }

        return readers;
    }

    /// <summary>A line of the file; without topics a reader gets them all.</summary>
    private sealed record Reader(
        string Name, string Phone, string Email, string Locale, string TimeZone, string Topics, string Frequency, string State);
}
