using CsCheck;
using Notify.Contacts;

namespace Notify.Tests.Contacts;

public sealed class PhoneNumberTests
{
    private static readonly string[] Everywhere = ["US", "CA", "GB", "IL", "FR", "DE", "AU", "SE", "AR", "IT"];

    [Theory]
    [InlineData("(212) 555-0143", "+12125550143")]
    [InlineData("212.555.0143", "+12125550143")]
    [InlineData("  1 212 555 0143 ", "+12125550143")]
    [InlineData("+1/212/555/0143", "+12125550143")]
    [InlineData("tel:+1-212-555-0143", "+12125550143")]
    [InlineData("+1 \u202A212\u202C\u200F 555\u00A00143\u200B", "+12125550143")]
    [InlineData("\uFEFF+1 212\u2011555\u20130143", "+12125550143")]
    [InlineData("+1 212 555 0143\r\n", "+12125550143")]
    [InlineData("\uFF0B\uFF11 \uFF12\uFF11\uFF12 \uFF15\uFF15\uFF15 \uFF10\uFF11\uFF14\uFF13", "+12125550143")]
    [InlineData("+\u0661\u0662\u0661\u0662\u0665\u0665\u0665\u0660\u0661\u0664\u0663", "+12125550143")]
    [InlineData("+44 (0)7400 123456", "+447400123456")]
    [InlineData("+972 77 123 4567", "+972771234567")] // over the internet, and able to get texts in many countries
    [InlineData("+39 312 345 6789", "+393123456789")]
    public void Reads_a_number_as_people_write_it(string raw, string expected)
    {
        var taken = PhoneNumber.TryParse(raw, "US", Everywhere, out var number, out var problem);

        Assert.True(taken, problem);
        Assert.Equal(expected, number!.Value);
        Assert.Null(problem);
    }

    [Fact]
    public void A_number_without_a_country_code_belongs_to_the_publications_country()
    {
        Assert.True(PhoneNumber.TryParse("050-234-5678", "IL", Everywhere, out var number, out _));

        Assert.Equal("+972502345678", number.Value);
        Assert.Equal("IL", number.Region);
    }

    /// <summary>Numbers set aside for examples and fiction, which the seeds may use: they must go through the same door as readers' own.</summary>
    [Theory]
    [InlineData("+12025550143")] // NANPA: 555-0100 to 555-0199 of every area code
    [InlineData("+12125550100")]
    [InlineData("+13125550199")]
    [InlineData("+14165550134")] // the same in Canada
    [InlineData("+61491570006")] // ACMA's numbers for fiction
    [InlineData("+61491570110")]
    [InlineData("+46701740605")] // PTS: 070-174 06 05 to 99
    [InlineData("+4915228817386")] // Bundesnetzagentur's numbers for films
    [InlineData("+491713920012")]
    [InlineData("+4917604069012")]
    [InlineData("+447400123456")] // the library's own examples where the reserved range is not one it knows
    [InlineData("+972502345678")]
    [InlineData("+33612345678")]
    public void Accepts_numbers_reserved_for_examples(string e164)
    {
        Assert.True(PhoneNumber.TryParse(e164, "US", Everywhere, out var number, out var problem), problem);
        Assert.Equal(e164, number.Value);
    }

    [Theory]
    [InlineData("+44 20 7946 0123", "landline")]
    [InlineData("+1 800 555 0199", "toll-free")]
    [InlineData("+44 808 157 0123", "toll-free")]
    [InlineData("+1 900 555 1234", "premium-rate")]
    [InlineData("+972 1700 123 456", "shared-cost")]
    [InlineData("+1 500 555 0006", "forwarding")] // also the provider's magic numbers
    [InlineData("+44 76 4012 3456", "pager")]
    [InlineData("+44 55 1234 5678", "central")]
    [InlineData("+49 177 99 1234567", "voicemail")]
    public void Refuses_a_number_that_cannot_get_texts_and_says_which_kind_it_is(string raw, string word)
    {
        Assert.False(PhoneNumber.TryParse(raw, "US", Everywhere, out var number, out var problem));

        Assert.Null(number);
        Assert.Contains(word, problem, StringComparison.Ordinal);
        Assert.Contains("Please enter", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "Please enter a phone number.")]
    [InlineData("", "Please enter a phone number.")]
    [InlineData(" \u200F ", "Please enter a phone number.")]
    [InlineData("+1 (212) 555-0143 ext 5", "extension")]
    [InlineData("212 555 0143 x5", "extension")]
    [InlineData("212 555 0143#5", "extension")]
    [InlineData("+12125550143;ext=5", "extension")]
    [InlineData("+12125550143\r\nBcc: victim@example.net", "does not look like")]
    [InlineData("1-800-FLOWERS", "does not look like")]
    [InlineData("extension 5", "does not look like")]
    [InlineData("+", "does not look like")]
    [InlineData("++12125550143", "does not look like")]
    [InlineData("reader@example.com", "does not look like")]
    [InlineData("\U0001F4DE 212 555 0143", "does not look like")]
    [InlineData("\uD83D 212 555 0143", "does not look like")]
    [InlineData("\u2461125550143", "does not look like")]
    [InlineData("212 555", "not a complete")]
    [InlineData("911", "not a complete")]
    [InlineData("+1 212 555 0143 0143", "not a complete")]
    [InlineData("+44 7700 900123", "not a complete")]
    [InlineData("+999 123 456 789", "not a complete")]
    public void Refuses_what_is_not_a_number_and_says_what_to_do(string? raw, string words)
    {
        Assert.False(PhoneNumber.TryParse(raw, "US", Everywhere, out var number, out var problem));

        Assert.Null(number);
        Assert.Contains(words, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_country_that_is_not_served_and_names_those_that_are()
    {
        Assert.False(PhoneNumber.TryParse("+972502345678", "US", ["US", "CA"], out _, out var problem));
        Assert.True(PhoneNumber.TryParse("+972502345678", "US", ["us", "il"], out _, out _));

        Assert.Contains("United States, Canada", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_list_of_countries_only_the_publications_own_is_served()
    {
        Assert.True(PhoneNumber.TryParse("212 555 0143", "US", [], out _, out _));
        Assert.False(PhoneNumber.TryParse("+972502345678", "US", [], out _, out _));
    }

    [Fact]
    public void A_country_nobody_knows_in_the_settings_is_named_as_it_stands_there()
    {
        Assert.False(PhoneNumber.TryParse("+12125550143", "US", ["QQ7"], out _, out var problem));

        Assert.Contains("QQ7", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("+447700900123", "+447700900123")] // no opt-in takes it, yet a stop from it counts
    [InlineData("+15005550006", "+15005550006")]
    [InlineData("020 7946 0123", "+442079460123")]
    [InlineData("+1 (212) 555-0143", "+12125550143")]
    [InlineData("+8835100012345", "+8835100012345")]
    public void Looking_up_takes_any_number_that_could_exist(string raw, string expected)
    {
        Assert.True(PhoneNumber.TryParseAny(raw, "GB", out var number));
        Assert.Equal(expected, number.Value);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("12345")]
    [InlineData("+12345")]
    [InlineData("911")]
    [InlineData("INFO")]
    [InlineData("+12125550143 ext 5")]
    [InlineData("+012125550143")]
    [InlineData("+1212555014301430")]
    public void Looking_up_does_not_take_short_codes_and_names_for_numbers(string? raw)
    {
        Assert.False(PhoneNumber.TryParseAny(raw, "US", out var number));
        Assert.Null(number);
    }

    [Theory]
    [InlineData("12125550143")]
    [InlineData("+1 2125550143")]
    [InlineData("+0212555014")]
    [InlineData("+121255")]
    [InlineData("+1212555014312345")]
    [InlineData("+\u0661212555014")]
    [InlineData("")]
    public void What_comes_from_the_database_must_have_the_shape_of_a_number(string value) =>
        Assert.Throws<FormatException>(() => PhoneNumber.FromE164(value));

    [Fact]
    public void A_stored_number_equals_the_one_that_was_read_and_keeps_to_itself_in_logs()
    {
        Assert.True(PhoneNumber.TryParse("(212) 555-0143", "US", [], out var read, out _));

        Assert.Equal(read, PhoneNumber.FromE164("+12125550143"));
        Assert.Equal("US", read.Region);
        Assert.Equal("…43", read.ToString());
        Assert.Equal("ZZ", PhoneNumber.FromE164("+99912345678").Region);
    }

    [Fact]
    public void Ten_thousand_characters_are_refused_at_once()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        foreach (var raw in new[] { new string('1', 10_000), new string('-', 10_000), "+1" + new string(' ', 10_000) + "2125550143", new string('(', 10_000) })
        {
            Assert.False(PhoneNumber.TryParse(raw, "US", Everywhere, out _, out _));
            Assert.False(PhoneNumber.TryParseAny(raw, "US", out _));
        }

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"took {clock.Elapsed}");
    }

    [Fact]
    public void Never_throws_and_reads_its_own_answers_again()
    {
        var like = Gen.Char["+0123456789 ()-./xe\u200F\u0661\uFF12;=,\r\n\uD83D\uDE00"].Array[0, 20].Select(c => new string(c));
        var national = Gen.Select(Gen.OneOf(Everywhere), Gen.Char["0123456789"].Array[6, 11].Select(c => new string(c)));

        Gen.Select(Gen.OneOf(Everywhere), Gen.OneOf(like, Gen.String)).Sample(Reparses, iter: 20_000);
        national.Sample(Reparses, iter: 20_000);

        static void Reparses((string Region, string Raw) input)
        {
            if (PhoneNumber.TryParse(input.Raw, input.Region, Everywhere, out var number, out var problem))
            {
                Assert.True(PhoneNumber.TryParse(number.Value, "US", Everywhere, out var again, out _));
                Assert.Equal(number, again);
                Assert.Equal(number, PhoneNumber.FromE164(number.Value));
                Assert.Contains(number.Region, Everywhere);
            }
            else
            {
                Assert.False(string.IsNullOrWhiteSpace(problem));
            }

            if (PhoneNumber.TryParseAny(input.Raw, input.Region, out var any))
            {
                Assert.True(PhoneNumber.TryParseAny(any.Value, "US", out var again));
                Assert.Equal(any, again);
            }
        }
    }
}
