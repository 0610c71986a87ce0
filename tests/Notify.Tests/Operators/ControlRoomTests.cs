using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using Notify.Alerts;
using Notify.Articles;
using Notify.Contacts;
using Notify.Deliveries;
using Notify.Operators;
using Notify.Operators.Console;
using Notify.Publication;
using Notify.Tests.Support;

namespace Notify.Tests.Operators;

/// <summary>What a circuit may do, asked of it directly: a button that is not drawn is no protection.</summary>
public sealed class ControlRoomTests(PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Every deed, with the least role it takes.</summary>
    private static (string Name, Role Least, Func<ControlRoom, ClaimsPrincipal, Task> Do)[] Deeds =>
    [
        ("pause", Role.Editor, (room, user) => room.PauseAsync(user, Guid.Empty, Token)),
        ("resume", Role.Editor, (room, user) => room.ResumeAsync(user, Guid.Empty, Token)),
        ("cancel", Role.Editor, (room, user) => room.CancelAsync(user, Guid.Empty, Token)),
        ("put back", Role.Editor, (room, user) => room.PutBackAsync(user, Guid.Empty, Token)),
        ("resolve", Role.Editor, (room, user) => room.ResolveAsync(user, 1, Verdict.Sent, Token)),
        ("resolve all", Role.Editor, (room, user) => room.ResolveAllAsync(user, Guid.Empty, Verdict.Sent, Token)),
        ("see an alarm", Role.Editor, (room, user) => room.SeeAlarmAsync(user, "x", Token)),
        ("clear an alarm", Role.Editor, (room, user) => room.ClearAlarmAsync(user, "x", Token)),
        ("pause all", Role.Editor, (room, user) => room.PauseAllAsync(user, Token)),
        ("resume all", Role.Editor, (room, user) => room.ResumeAllAsync(user, Token)),
        ("publish", Role.Editor, (room, user) => room.PublishAsync(user, Draft(), new Handling { Hold = true }, Token)),
        ("record a stop", Role.Editor, (room, user) => room.RecordStopAsync(user, new ContactPoint(Channel.Mail, "a@example.net"), "phone", null, Token)),
        ("lift a block", Role.Editor, (room, user) => room.LiftBlockAsync(user, 1, "they called", Token)),
        ("make a key", Role.Admin, (room, user) => room.CreateKeyAsync(user, "cms", ["articles:write"], Token)),
        ("revoke a key", Role.Admin, (room, user) => room.RevokeKeyAsync(user, Guid.Empty, Token)),
        ("let somebody in", Role.Admin, (room, user) => room.CreateLinkAsync(user, Email("new@example.net"), Role.Viewer, Token)),
        ("remove somebody", Role.Admin, (room, user) => room.RemoveOperatorAsync(user, Guid.Empty, Token)),
    ];

    [Theory, InlineData(Role.Viewer), InlineData(Role.Editor), InlineData(Role.Admin)]
    public async Task Each_role_does_what_it_may_and_nothing_else(Role role)
    {
        await using var notify = await OpsHost.StartAsync();
        var user = await SignInAsync(notify, "ada@example.com", role);
        var room = notify.Get<ControlRoom>();

        foreach (var (name, least, deed) in Deeds)
        {
            var before = (await notify.AuditAsync()).Count;
            var refused = await Record.ExceptionAsync(() => deed(room, user));

            Assert.True(refused is NotAllowedException == role < least && refused is null or NotAllowedException, $"{role} and {name}: {refused}");
            Assert.True(refused is null || before == (await notify.AuditAsync()).Count, $"{name} left a line though it was refused");
        }
    }

    [Fact]
    public async Task A_role_that_was_taken_away_counts_at_the_next_deed()
    {
        await using var notify = await OpsHost.StartAsync();
        var room = notify.Get<ControlRoom>();
        var ada = await SignInAsync(notify, "ada@example.com", Role.Admin);
        var bob = await SignInAsync(notify, "bob@example.com", Role.Editor);

        await notify.SignIns.CreateLinkAsync("bob@example.com", Role.Viewer, "test", Token);
        await Assert.ThrowsAsync<NotAllowedException>(() => room.PauseAllAsync(bob, Token));

        var id = Guid.Parse(ada.FindFirstValue(ClaimTypes.NameIdentifier)!);
        Assert.False(await room.RemoveOperatorAsync(ada, id, Token));
        await notify.SignIns.RemoveAsync(id, "test", Token);
        await Assert.ThrowsAsync<NotAllowedException>(() => room.PauseAllAsync(ada, Token));
    }

    [Fact]
    public async Task A_removed_operator_is_out()
    {
        await using var notify = await OpsHost.StartAsync();
        using var browser = await notify.SignedInAsync(Role.Editor);
        var admin = await SignInAsync(notify, "ada@example.com", Role.Admin);
        Assert.True((await browser.GetAsync("/ops", Token)).IsSuccessStatusCode);
        await using var db = notify.Database.Read();
        var id = await db.Operators.Where(o => o.Email == "editor@example.com").Select(o => o.Id).SingleAsync(Token);

        Assert.True(await notify.Get<ControlRoom>().RemoveOperatorAsync(admin, id, Token));

        Assert.Equal(System.Net.HttpStatusCode.Redirect, (await browser.GetAsync("/ops", Token)).StatusCode);
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await browser.PostAsync("/api/sending/pause", null, Token)).StatusCode);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task The_board_shows_the_switch_the_alerts_and_their_rows_page_by_page(bool onPostgres)
    {
        await using var notify = await OpsHost.StartAsync(onPostgres ? postgres : null);
        var (board, room) = (notify.Get<Board>(), notify.Get<ControlRoom>());
        var editor = await SignInAsync(notify, "bob@example.com", Role.Editor);
        await AddReadersAsync(notify, Board.PageLength + 5);
        Assert.Equal((0, Board.PageLength + 5), await notify.Get<Audience>().CountAsync([], Token));
        Assert.Equal((0, Board.PageLength + 5), await notify.Get<Audience>().CountAsync(["politics"], Token));

        var (alertId, isNew) = await room.PublishAsync(editor, Draft(), new Handling(), Token);
        Assert.True(isNew);
        Assert.Equal((alertId, false), await room.PublishAsync(editor, Draft(), new Handling(), Token));
        await notify.Get<FanOut>().RunAsync(alertId!.Value, Token);
        await room.PauseAllAsync(editor, Token);

        var view = await board.ReadAsync(Token);
        Assert.True(view.IsPaused);
        Assert.Equal(Board.PageLength + 5, view.Waiting);
        var alert = Assert.Single(view.Alerts);
        Assert.Equal((alertId.Value, "sending", Board.PageLength + 5L), (alert.Id, alert.State, alert.Counts.Pending));
        var first = await board.DeliveriesAsync(alert.Id, null, 0, Token);
        var second = await board.DeliveriesAsync(alert.Id, DeliveryStatus.Pending, first[^1].ContactId, Token);
        Assert.Equal((Board.PageLength, 5), (first.Count, second.Count));
        Assert.Equal(Board.PageLength + 5, first.Concat(second).Select(d => d.Id).Distinct().Count());
        Assert.All(first, row => Assert.Equal("…@….net", row.Contact));

        await room.ResumeAllAsync(editor, Token);
        await room.CancelAsync(editor, alert.Id, Token);
        var after = await board.ReadAsync(Token);
        Assert.False(after.IsPaused);
        Assert.Equal(("cancelled", Board.PageLength + 5L), (after.Alerts[0].State, after.Alerts[0].Counts.Skipped));
        Assert.Equal(5, (await notify.AuditAsync()).Count(line => line.StartsWith("bob@example.com", StringComparison.Ordinal) && !line.EndsWith("signed in", StringComparison.Ordinal)));
    }

    private static async Task AddReadersAsync(OpsHost notify, int count) =>
        await notify.Database.WriteAsync(async write =>
        {
            for (var i = 0; i < count; i++)
            {
                var contact = await notify.Get<ContactBook>().FindOrAddAsync(write, new ContactPoint(Channel.Mail, $"reader{i}@example.net"));
                await write.ExecuteAsync("""
                    INSERT INTO subscriptions (contact_id, state, all_topics, breaking_at_night, locale, created_at, confirmed_at) VALUES (@id, 2, @all, @night, 'en', 1, 1)
                    """, ("id", contact), ("all", true), ("night", false));
            }
        }, Token);

    private static async Task<ClaimsPrincipal> SignInAsync(OpsHost notify, string email, Role role)
    {
        var link = await notify.SignIns.CreateLinkAsync(email, role, "test", Token);
        return OperatorCookie.Principal((await notify.SignIns.UseAsync(link.Split('/')[^1], Token))!);
    }

    private static EmailAddress Email(string text) => EmailAddress.TryParse(text, out var email, out _) ? email : throw new ArgumentException(text);

    private static ArticleDraft Draft() => ArticleReader.Read(
        new ArticleRequest { Url = "https://yid-info.example/one", Title = "One" }, new PublicationOptions(), "test", out _)!;
}
