using CsCheck;
using Notify.Deliveries;
using Notify.Storage;
using Notify.Tests.Support;
using Notify.Web;

namespace Notify.Tests.Deliveries;

public sealed class MailTagsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private MailTags Tags => new(new Keys(null, [], new DataFolder(_folder.Path)));

    [Fact]
    public void A_tag_names_its_delivery_in_any_case_and_fits_an_address()
    {
        var tags = Tags;

        Gen.Select(Gen.Long[1, long.MaxValue], Gen.Long[0, 253_402_300_799_999]).Sample((id, at) =>
        {
            var tag = tags.Make(id, DateTimeOffset.FromUnixTimeMilliseconds(at));

            Assert.Matches("^[0-9a-z]+[.][0-9a-z]+[.][0-9a-z]{13}$", tag);
            Assert.InRange(("b+" + tag).Length, 1, 64);
            Assert.True(tags.TryRead(tag, out var read) && read == id);
            Assert.True(tags.TryRead(tag.ToUpperInvariant(), out read) && read == id);
        });
    }

    [Fact]
    public void What_was_changed_cut_or_made_up_names_nothing()
    {
        var tags = Tags;
        var good = tags.Make(4711, DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        var changed = Enumerable.Range(0, good.Length).Where(i => good[i] != '.').Select(i => good[..i] + (good[i] == 'a' ? 'b' : 'a') + good[(i + 1)..]);

        Assert.All([.. changed, good[..^1], good + "0", "0" + good, good.Replace('.', '-'), "", ".", "..", "a.b.", "1.1.0000000000000", new string('9', 64)], text => Assert.False(tags.TryRead(text, out _)));
        Assert.False(tags.TryRead(null, out _));
        using var other = new TemporaryFolder();
        Assert.False(new MailTags(new Keys(null, [], new DataFolder(other.Path))).TryRead(good, out _));
    }

    public void Dispose() => _folder.Dispose();
}
