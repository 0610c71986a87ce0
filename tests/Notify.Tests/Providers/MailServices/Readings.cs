using System.Text.Json;
using Notify.Inbound.Returns;

namespace Notify.Tests.Providers.MailServices;

/// <summary>How a vendor's words are read, without a call around them.</summary>
internal static class Readings
{
    /// <param name="kind">Empty: it says nothing about a reader.</param>
    public static void Same(IMailService service, string call, string kind, string reason, bool isHard)
    {
        var read = service.Read(JsonElement.Parse(call)).Select(report => (report.Kind.ToString(), report.Reason.ToString(), report.IsHard)).ToList();

        Assert.Equal(kind.Length == 0 ? [] : [(kind, reason, isHard)], read);
    }
}
