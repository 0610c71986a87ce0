using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Notify.Alerts;
using Notify.Articles;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Jobs;
using Notify.Storage;
using NSubstitute;
using NSubstitute.Extensions;

namespace Notify.Tests.Support;

/// <summary>
/// Notify's parts over a database of their own, nothing running: no lane, no reconciler, no job. A test moves each part itself, and what a
/// provider answers is its own to say. Two senders: <c>texts</c> and <c>mails</c>.
/// </summary>
internal sealed class Workbench : IAsyncDisposable
{
    public static readonly Sender Texts = new("texts", Channel.Text, PerSecond: 1_000, Concurrency: 4, Slots: 4);
    public static readonly Sender Mails = new("mails", Channel.Mail, PerSecond: 1_000, Concurrency: 4, Slots: 1);

    private readonly WebApplication _app;
    private readonly string _folder;
    private int _readers;

    private Workbench(WebApplication app, string folder, ITakeMessages provider, RecordedHints hints)
    {
        (_app, _folder, Provider, Hints) = (app, folder, provider, hints);
        Database = app.Services.GetRequiredService<Database>();
    }

    public Database Database { get; }

    /// <summary>A substitute; unless a test says otherwise it takes everything, and knows of nothing when asked.</summary>
    public ITakeMessages Provider { get; }

    /// <summary>How often something was handed to the provider.</summary>
    public int Sent => Provider.ReceivedCalls().Count(call => call.GetMethodInfo().Name == nameof(ITakeMessages.SendAsync));

    public RecordedHints Hints { get; }

    public static async Task<Workbench> OpenAsync(
        DatabaseProvider provider, PostgresServer postgres, IReadOnlyList<Sender>? senders = null, TimeProvider? clock = null, params (string Key, string Value)[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("notify-workbench-").FullName;
        var connection = await ReadyDatabase.OpenAsync(provider, postgres, folder);
        var messages = Substitute.For<ITakeMessages>();
        messages.Senders.Returns(senders ?? [Texts, Mails]);
        messages.SendAsync(null!, default).ReturnsForAnyArgs(call => new SendOutcome.Accepted(string.Create(CultureInfo.InvariantCulture, $"id-{call.Arg<Outgoing>().DeliveryId}")));
        messages.FindAsync(null!, default).ReturnsForAnyArgs(new Finding.NotFound());
        var hints = new RecordedHints();
        (string Key, string Value)[] all =
        [
            ("environment", "Development"), ("urls", "http://127.0.0.1:0"), ("PublicUrl", "https://notify.example"), ("Data:Folder", folder), ("Demo", "false"),
            ("Database:Provider", provider.ToString()), ("Database:ConnectionString", connection), ("Delivery:UndoSeconds", "0"),
            ("Publication:Name", Newsroom.Name), ("Publication:Url", "https://yid-info.example"), ("Publication:Countries:0", "US"), .. settings,
        ];
        var app = NotifyApp.Build([.. all.Select(s => $"--{s.Key}={s.Value}")], configure: builder =>
        {
            builder.Logging.ClearProviders();
            builder.LeaveNothing();
            builder.Services.RemoveAll<IMessageProvider>();
            builder.Services.AddSingleton<IMessageProvider>(messages);
            builder.Services.RemoveAll<IHints>();
            builder.Services.AddSingleton<IHints>(hints);
            if (clock is not null)
            {
                builder.Services.AddSingleton(clock);
            }
        });
        return new Workbench(app, folder, messages, hints);
    }

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    public Task<T> WriteAsync<T>(Func<Write, Task<T>> work) => Database.WriteAsync(work, TestContext.Current.CancellationToken);

    public Task<int> ExecuteAsync(string sql, params (string, object?)[] parameters) => WriteAsync(write => write.ExecuteAsync(sql, parameters));

    public Task<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> row, params (string, object?)[] parameters) => WriteAsync(write => write.QueryAsync(sql, row, parameters));

    public Task<long> CountAsync(string sql) => WriteAsync(write => write.ScalarAsync<long>($"SELECT count(*) FROM {sql}"));

    /// <summary>What the provider answers from now on to whatever it is handed.</summary>
    public void Answers(Func<Task<SendOutcome>> outcome) => Provider.Configure().SendAsync(null!, CancellationToken.None).ReturnsForAnyArgs(_ => outcome());

    /// <inheritdoc cref="Answers(Func{Task{SendOutcome}})" />
    public void Answers(Func<Outgoing, SendOutcome> outcome) => Provider.Configure().SendAsync(null!, CancellationToken.None).ReturnsForAnyArgs(call => outcome(call.Arg<Outgoing>()));

    /// <inheritdoc cref="Answers(Func{Task{SendOutcome}})" />
    public void Answers(SendOutcome outcome) => Answers(() => Task.FromResult(outcome));

    /// <summary>What the provider answers from now on when it is asked about a doubt.</summary>
    public void Finds(Func<Task<Finding>> finding) => Provider.Configure().FindAsync(null!, CancellationToken.None).ReturnsForAnyArgs(_ => finding());

    /// <summary>Confirmed readers of every topic.</summary>
    /// <returns>The ids of their contacts.</returns>
    public Task<IReadOnlyList<long>> AddReadersAsync(int count, Channel channel = Channel.Text)
    {
        var book = Get<ContactBook>();
        return WriteAsync<IReadOnlyList<long>>(async write =>
        {
            var ids = new List<long>();
            for (var i = 0; i < count; i++)
            {
                var n = _readers++;
                var address = channel == Channel.Text ? string.Create(CultureInfo.InvariantCulture, $"+1646{5_000_000 + n}") : string.Create(CultureInfo.InvariantCulture, $"reader{n}@example.com");
                var id = await book.FindOrAddAsync(write, new ContactPoint(channel, address));
                await write.ExecuteAsync(
                    "INSERT INTO subscriptions (contact_id, state, all_topics, breaking_at_night, locale, created_at, confirmed_at) VALUES (@id, 2, @yes, @no, 'en', @now, @now)",
                    ("id", id), ("yes", true), ("no", false), ("now", await write.NowAsync()));
                ids.Add(id);
            }

            return ids;
        });
    }

    /// <summary>An article and its alert, with everyone's row.</summary>
    /// <returns>The alert's id.</returns>
    public async Task<Guid> PublishAsync(string title, ArticlePriority priority = ArticlePriority.Normal, params string[] topics)
    {
        var draft = new ArticleDraft(new Uri($"https://yid-info.example/{Guid.CreateVersion7():N}"), title, null, topics, null, null, priority, "test", []);
        var (_, alert, _) = await WriteAsync(write => Get<INewsdesk>().PublishAsync(write, draft, hold: false));
        await Get<FanOut>().RunAsync(alert!.Value, TestContext.Current.CancellationToken);
        return alert.Value;
    }

    /// <summary>Runs one lane until nothing is due.</summary>
    public Task<bool> RunLaneAsync(Sender? sender = null, int slot = 0, CancellationToken stopping = default) =>
        Get<Lane>().RunAsync(sender ?? Texts, Provider, slot, stopping);

    public async Task SettleAsync() => await Get<IEnumerable<IErrand>>().OfType<Doubts>().Single().RunAsync(TestContext.Current.CancellationToken);

    public async Task ReconcileAsync() => await Get<IEnumerable<IReconcile>>().OfType<DeliveryReconciler>().Single().ReconcileAsync(TestContext.Current.CancellationToken);

    /// <summary>Every delivery, by id.</summary>
    public Task<List<Row>> RowsAsync() => QueryAsync(
        "SELECT id, source_id, contact_id, status, reason, attempts, lease_owner FROM deliveries ORDER BY id",
        row => new Row(row.GetInt64(0), row.GetGuid(1), row.GetInt64(2), (DeliveryStatus)row.GetInt32(3), row.Text(4), row.GetInt32(5), row.Text(6)));

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    internal sealed record Row(long Id, Guid Source, long Contact, DeliveryStatus Status, string? Reason, int Attempts, string? LeaseOwner);

    /// <summary>Hints that are given and reach nobody.</summary>
    internal sealed class RecordedHints : IHints
    {
        private readonly ConcurrentQueue<(string Job, string Id)> _given = new();

        public IReadOnlyCollection<(string Job, string Id)> Given => _given;

        /// <summary>What else is to happen at a hint.</summary>
        public Action<string, string>? OnWake { get; set; }

        public void Wake(string job, string id, string title)
        {
            _given.Enqueue((job, id));
            OnWake?.Invoke(job, id);
        }
    }
}

internal static class Turns
{
    /// <summary>A turn that claims up to <paramref name="room"/> rows, whatever the sender's window is.</summary>
    public static Task<LaneTurn> TurnAsync(this LaneLedger rows, LaneLease lease, IReadOnlyList<RowResult> done, int room, DeliveryOptions options) =>
        rows.TurnAsync(lease, done, lease.Sender.Window - room, room > 0, options);
}
