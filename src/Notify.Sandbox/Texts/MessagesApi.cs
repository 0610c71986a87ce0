using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Notify.Sandbox.Faults;

namespace Notify.Sandbox.Texts;

/// <summary>The provider's REST API for messages: create, list, fetch, cancel, redact, delete.</summary>
internal sealed class MessagesApi(Handsets handsets, Journey journey, FaultBook faults, Credentials credentials, TimeProvider clock, CancellationToken stopping)
{
    public const string Root = "/2010-04-01";

    public void Map(IEndpointRouteBuilder routes)
    {
        var account = routes.MapGroup(Root + "/Accounts/{account}");
        account.AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            return credentials.Open(http.Request, (string)http.Request.RouteValues["account"]!) ? await next(context) : ProviderError.Unauthorized.Answer();
        });
        account.MapPost("/Messages.json", CreateAsync);
        account.MapGet("/Messages.json", (string account, HttpRequest request) => MessageList.Answer(handsets, account, request));
        account.MapGet("/Messages/{sid}.json", Fetch);
        account.MapPost("/Messages/{sid}.json", UpdateAsync);
        account.MapDelete("/Messages/{sid}.json", Delete);
        routes.MapFallback(Root + "/{**rest}", (HttpRequest request) => ProviderError.NotFound(request.Path).Answer());
    }

    private async Task<IResult> CreateAsync(string account, HttpContext http)
    {
        var form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync(http.RequestAborted) : FormCollection.Empty;
        var script = faults.Strike("create", form["To"].ToString());
        if (script?.LatencyMs is { } latency)
            await Task.Delay(TimeSpan.FromMilliseconds(latency), clock, http.RequestAborted);
        if (script?.Refuse is true)
            return Hang(http);
        if (script?.Status is { } status)
            return ProviderError.Scripted(status, script.Code).Answer();

        var (request, error) = CreateRequest.Read(form, clock.GetUtcNow());
        if (request is null)
            return error!.Answer();
        if (handsets.IsBlocked(request.MessagingServiceSid ?? request.From, request.To))
            return ProviderError.OptedOut.Answer();

        var text = Accept(account, request, script);
        handsets.Add(text);
        var answer = MessageJson.Of(text);
        await journey.BeginAsync(text, faults.Strike("status", text.To));

        if (script?.DropAfterAccept is true)
            return Hang(http);
        if (script?.TimeoutAfterAccept is true)
            await ForeverAsync(http);
        return TypedResults.Json(answer, statusCode: StatusCodes.Status201Created);
    }

    private Text Accept(string account, CreateRequest request, FaultRule? script)
    {
        var now = clock.GetUtcNow();
        return new Text
        {
            Sid = Numbers.NewSid(),
            AccountSid = account,
            At = now,
            UpdatedAt = now,
            Direction = Text.FromApi,
            From = request.From,
            To = request.To,
            MessagingServiceSid = request.MessagingServiceSid,
            Body = request.Body,
            Segments = Segments.Count(request.Body),
            StatusCallback = request.StatusCallback,
            SendAt = request.SendAt,
            FinalStatus = script?.FinalStatus ?? "delivered",
            FinalErrorCode = script?.ErrorCode,
            Status = request.SendAt is not null ? "scheduled" : request.MessagingServiceSid is not null ? "accepted" : "queued",
        };
    }

    private IResult Fetch(string account, string sid, HttpRequest request) =>
        Of(account, sid) is { } text ? TypedResults.Json(MessageJson.Of(text)) : ProviderError.NotFound(request.Path).Answer();

    private async Task<IResult> UpdateAsync(string account, string sid, HttpRequest request)
    {
        var form = request.HasFormContentType ? await request.ReadFormAsync(request.HttpContext.RequestAborted) : FormCollection.Empty;
        if (Of(account, sid) is not { } text)
            return ProviderError.NotFound(request.Path).Answer();

        var (cancel, redact) = (form["Status"] == "canceled", form.ContainsKey("Body") && form["Body"].ToString().Length == 0);
        if (cancel == redact)
            return ProviderError.UpdateInvalid.Answer();
        if (cancel && !handsets.Cancel(text))
            return ProviderError.NotCancelable.Answer();
        if (redact)
            handsets.Redact(text);
        return TypedResults.Json(MessageJson.Of(text));
    }

    private IResult Delete(string account, string sid, HttpRequest request)
    {
        if (Of(account, sid) is not { } text)
            return ProviderError.NotFound(request.Path).Answer();
        if (!text.IsFinal)
            return ProviderError.NotFinished.Answer();

        handsets.Delete(text);
        return TypedResults.NoContent();
    }

    private Text? Of(string account, string sid) => handsets.Find(sid) is { Deleted: false } text && text.AccountSid == account ? text : null;

    /// <summary>Ends the connection without an answer.</summary>
    private static EmptyHttpResult Hang(HttpContext http)
    {
        http.Abort();
        return TypedResults.Empty;
    }

    /// <summary>Until the caller gives up, or the carrier stops.</summary>
    private async Task ForeverAsync(HttpContext http)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, clock, either.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        http.Abort();
    }
}
