using System.Security.Cryptography;
using Notify.Contacts;
using Notify.Storage;
using Notify.Tests.Support;
using Notify.Web;

namespace Notify.Tests.Web;

/// <summary>A root key that is replaced: what was signed with it is still recognised, and what is found by it is still found.</summary>
public sealed class KeysTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string[] _roots = [.. Enumerable.Range(0, 3).Select(_ => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)))];

    [Fact]
    public void Links_of_every_root_there_was_are_good_for_ever()
    {
        var first = new LinkTokens(With(_roots[0])).Make(LinkPurpose.Unsubscribe, 7);
        var second = new LinkTokens(With(_roots[1], _roots[0])).Make(LinkPurpose.Unsubscribe, 8);
        var now = new LinkTokens(With(_roots[2], _roots[1], _roots[0]));

        Assert.True(now.TryRead(LinkPurpose.Unsubscribe, first, out var one, out _));
        Assert.True(now.TryRead(LinkPurpose.Unsubscribe, second, out var two, out _));
        Assert.Equal((7, 8), (one, two));
        Assert.False(new LinkTokens(With(_roots[2], _roots[1])).TryRead(LinkPurpose.Unsubscribe, first, out _, out _));
        Assert.NotEqual(first, now.Make(LinkPurpose.Unsubscribe, 7));
    }

    [Fact]
    public void A_contact_is_found_by_the_first_root_whatever_came_after_it()
    {
        var reader = new ContactPoint(Channel.Mail, "reader@example.com");

        Assert.Equal(new ContactBook(With(_roots[0])).Hash(reader), new ContactBook(With(_roots[2], _roots[1], _roots[0])).Hash(reader));
        Assert.NotEqual(new ContactBook(With(_roots[0])).Hash(reader), new ContactBook(With(_roots[2], _roots[1])).Hash(reader));
    }

    [Fact]
    public void Replaced_roots_may_lie_in_a_file_beside_the_one_in_use()
    {
        var before = new LinkTokens(new Keys(null, [], new DataFolder(_folder.Path))).Make(LinkPurpose.Unsubscribe, 7);
        File.Move(Path.Combine(_folder.Path, "keys", "root"), Path.Combine(_folder.Path, "keys", "previous"));

        var after = new LinkTokens(new Keys(null, [], new DataFolder(_folder.Path)));

        Assert.True(after.TryRead(LinkPurpose.Unsubscribe, before, out _, out _));
        Assert.NotEqual(before, after.Make(LinkPurpose.Unsubscribe, 7));
    }

    [Fact]
    public void A_root_that_is_none_is_named()
    {
        var fault = Assert.Throws<InvalidOperationException>(() => With(_roots[0], "not a key"));

        Assert.Contains("Keys:Previous", fault.Message, StringComparison.Ordinal);
    }

    private Keys With(string root, params string[] previous) => new(root, previous, new DataFolder(_folder.Path));

    public void Dispose() => _folder.Dispose();
}
