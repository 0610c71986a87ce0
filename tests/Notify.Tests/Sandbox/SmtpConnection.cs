using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Notify.Tests.Sandbox;

/// <summary>A raw SMTP conversation: what is written is written in one packet, replies are read one by one.</summary>
internal sealed class SmtpConnection : IDisposable
{
    private readonly TcpClient _client;
    private readonly StreamReader _reader;

    private SmtpConnection(TcpClient client)
    {
        _client = client;
        _reader = new StreamReader(client.GetStream(), Encoding.UTF8);
    }

    public static async Task<SmtpConnection> OpenAsync(CarrierUnderTest carrier)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, carrier.Carrier.SmtpPort, TestContext.Current.CancellationToken);
        return new SmtpConnection(client);
    }

    /// <summary>After the greeting and EHLO.</summary>
    public static async Task<SmtpConnection> GreetedAsync(CarrierUnderTest carrier)
    {
        var connection = await OpenAsync(carrier);
        await connection.ReplyAsync();
        await connection.SayAsync("EHLO test");
        return connection;
    }

    public async Task WriteAsync(string text) => await _client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);

    public async Task<string?> SayAsync(string line)
    {
        await WriteAsync(line + "\r\n");
        return await ReplyAsync();
    }

    /// <summary>One reply, all its lines; null when the connection has ended.</summary>
    public async Task<string?> ReplyAsync()
    {
        var lines = new List<string>();
        try
        {
            while (await _reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                lines.Add(line);
                if (line is [_, _, _, ' ', ..])
                    return string.Join('\n', lines);
            }
        }
        catch (IOException)
        {
            return null;
        }

        return null;
    }

    /// <summary>Hands a mail over up to its final dot; the reply to that.</summary>
    public async Task<string?> MailAsync(string to, string mail)
    {
        await SayAsync("MAIL FROM:<news@example.org>");
        await SayAsync($"RCPT TO:<{to}>");
        await SayAsync("DATA");
        return await SayAsync(mail + "\r\n.");
    }

    public void Dispose()
    {
        _reader.Dispose();
        _client.Dispose();
    }
}
