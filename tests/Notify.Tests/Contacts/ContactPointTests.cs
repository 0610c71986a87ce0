using Notify.Contacts;

namespace Notify.Tests.Contacts;

public sealed class ContactPointTests
{
    [Theory]
    [InlineData("Reader@Example.com", Channel.Mail, "Reader@example.com", "reader@example.com")]
    [InlineData("(212) 555-0143", Channel.Text, "+12125550143", "+12125550143")]
    [InlineData("+44 20 7946 0123", Channel.Text, "+442079460123", "+442079460123")]
    public void A_look_up_box_takes_both_kinds(string raw, Channel channel, string value, string key)
    {
        Assert.True(ContactPoint.TryParse(raw, "US", out var contact));

        Assert.Equal(new ContactPoint(channel, value), contact);
        Assert.Equal(key, contact.Key);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("12345")]
    [InlineData("reader at example.com")]
    [InlineData("reader@localhost")]
    [InlineData("+12125550143@")]
    public void Neither_a_number_nor_an_address_is_no_contact(string? raw)
    {
        Assert.False(ContactPoint.TryParse(raw, "US", out var contact));
        Assert.Null(contact);
    }

    [Fact]
    public void Is_made_of_what_was_read_and_masked_like_it()
    {
        Assert.True(EmailAddress.TryParse("Reader@Example.com", out var address, out _));
        var number = PhoneNumber.FromE164("+12125550143");

        Assert.Equal(address.Key, ContactPoint.Of(address).Key);
        Assert.Equal($"{address}", $"{ContactPoint.Of(address)}");
        Assert.Equal($"{number}", $"{ContactPoint.Of(number)}");
        Assert.Equal("…", $"{new ContactPoint(Channel.Text, "")}");
    }
}
