namespace Notify.Deliveries;

/// <summary>
/// The statements of the hot path, each for both databases; they differ in how a claim skips rows that another node is claiming.
/// Statuses: 0 pending, 2 sending, 7 skipped, 8 in doubt.
/// </summary>
internal static class DeliverySql
{
    /// <summary>
    /// Whether a suppression covers a row: it is of everything or of the row's topic. A row may be wanted for several topics, separated by blanks; then the
    /// suppressions cover it together, once there is one of each. Topics and suppressions are keys without blanks and wildcards.
    /// </summary>
    private const string Covers = """
        (p.scope = '' OR p.scope = {scope} OR ({scope} LIKE '% %' AND (
          SELECT count(*) FROM suppressions e WHERE e.contact_id = p.contact_id AND e.scope <> '' AND ' ' || {scope} || ' ' LIKE '% ' || e.scope || ' %')
          > length({scope}) - length(replace({scope}, ' ', ''))))
        """;

    private static readonly string CoversRow = Covers.Replace("{scope}", "d.scope", StringComparison.Ordinal);

    /// <summary>
    /// What consent says, inside the claim itself; a confirmation is covered only by a suppression that is younger. Counted and not NOT EXISTS: that PostgreSQL makes a
    /// join of, and to join it reads and sorts every row that waits (measured with 64,000: 359 ms a claim instead of half a millisecond).
    /// </summary>
    private static readonly string Consented = $"""
        (SELECT count(*) FROM suppressions p WHERE p.contact_id = d.contact_id AND {CoversRow}
          AND (d.scope IS NOT NULL OR p.at >= d.created_at)) = 0
        """;

    public const string TakeLane = """
        INSERT INTO lanes (sender, slot, owner, until) VALUES (@sender, @slot, @me, @until)
        ON CONFLICT (sender, slot) DO UPDATE SET owner = excluded.owner, until = excluded.until
        WHERE lanes.until <= @now OR lanes.owner IS NULL
        RETURNING free_at
        """;

    public const string KeepLane = "UPDATE lanes SET until = @until, free_at = @free WHERE sender = @sender AND slot = @slot AND owner = @me AND until > @now";

    public const string LeaveLane = "UPDATE lanes SET owner = NULL, until = 0, free_at = @free WHERE sender = @sender AND slot = @slot AND owner = @me";

    /// <summary>Whether nothing may leave: the red switch, or a sender that rests.</summary>
    public const string Silenced = """
        SELECT CASE WHEN EXISTS (SELECT 1 FROM sending WHERE paused) OR EXISTS (SELECT 1 FROM senders WHERE name = @sender AND rests_until > @now) THEN 1 ELSE 0 END
        """;

    /// <summary>How a sender stands, and the red switch; always one row.</summary>
    public const string Standing = """
        SELECT CASE WHEN EXISTS (SELECT 1 FROM sending WHERE paused) THEN 1 ELSE 0 END,
          COALESCE(n.rests_until, 0), COALESCE(n.trips, 0), COALESCE(n.share, 1), COALESCE(n.stepped_at, 0), CASE WHEN n.refused THEN 1 ELSE 0 END,
          CASE WHEN n.awaits_receipt THEN 1 ELSE 0 END
        FROM (SELECT 1 AS one) one LEFT JOIN senders n ON n.name = @sender
        """;

    public const string Stand = """
        INSERT INTO senders (name, rests_until, reason, trips, share, stepped_at, refused, awaits_receipt)
        VALUES (@name, @until, @reason, @trips, @share, @stepped, @refused, @awaits)
        ON CONFLICT (name) DO UPDATE SET rests_until = excluded.rests_until, reason = excluded.reason, trips = excluded.trips, share = excluded.share, stepped_at = excluded.stepped_at,
          refused = excluded.refused, awaits_receipt = excluded.awaits_receipt
        """;

    /// <summary>While the budget is used up, texts with news wait.</summary>
    private const string Affordable = "(s.kind NOT IN (1, 4) OR @text = 0 OR NOT EXISTS (SELECT 1 FROM sending b WHERE b.alert_texts_from > @now))";

    /// <summary>Sources with something due for this sender, the most urgent first.</summary>
    public const string Waiting = $"""
        SELECT s.id, s.kind FROM sources s
        WHERE s.pending > 0 AND NOT s.paused AND NOT s.cancelled AND {Affordable}
          AND EXISTS (SELECT 1 FROM deliveries d WHERE d.source_id = s.id AND d.sender = @sender AND d.status = 0 AND d.due_at <= @now AND d.expires_at > @now)
        ORDER BY s.priority, s.created_at LIMIT 8
        """;

    private const string ClaimRows = """
        UPDATE deliveries SET status = 2, reason = NULL, lease_owner = @me, attempts = attempts + 1, changed_at = @now, handed_at = @now, history = history || @line
        WHERE id IN (
          SELECT d.id FROM deliveries d
          WHERE d.source_id = @source AND d.sender = @sender AND d.status = 0 AND d.due_at <= @now AND d.expires_at > @now
            AND {consented}
          ORDER BY d.due_at, d.id LIMIT @count {locked})
        RETURNING id, subject_id, contact_id, attempts, resends, created_at, expires_at, scope,
          (SELECT c.address FROM contacts c WHERE c.id = deliveries.contact_id), whereabouts_id, others, locale
        """;

    public static string Claim(bool postgres) => ClaimRows
        .Replace("{consented}", Consented, StringComparison.Ordinal)
        .Replace("{locked}", postgres ? "FOR UPDATE OF d SKIP LOCKED" : "", StringComparison.Ordinal);

    /// <summary>Just before the call: 1 = the contact was stopped, 2 = the alert was taken back, 3 = it is paused.</summary>
    public static string StillWanted => $"""
        SELECT CASE
          WHEN EXISTS (SELECT 1 FROM suppressions p WHERE p.contact_id = @contact AND {Covers.Replace("{scope}", "@scope", StringComparison.Ordinal)} AND (@scope IS NOT NULL OR p.at >= @created)) THEN 1
          WHEN EXISTS (SELECT 1 FROM sources s WHERE s.id = @source AND s.cancelled) THEN 2
          WHEN EXISTS (SELECT 1 FROM sources s WHERE s.id = @source AND s.paused) OR EXISTS (SELECT 1 FROM sending WHERE paused) THEN 3
          ELSE 0 END
        """;

    /// <summary>
    /// A row in doubt keeps the time of its claim: the provider is asked for what it took since then, and an answer that was waited for in vain
    /// may have been waited for long.
    /// </summary>
    public const string Mark = """
        UPDATE deliveries SET status = @status, reason = @reason, due_at = @due, attempts = @attempts, provider_id = COALESCE(@provider, provider_id),
          lease_owner = NULL, changed_at = CASE WHEN @status = 8 THEN changed_at ELSE @now END, history = history || @line
        WHERE id = @id AND status = 2 AND lease_owner = @me
        """;

    /// <summary>A definite answer that comes after the lane was lost: still about the same attempt, which by now may be in doubt.</summary>
    public const string MarkLate = """
        UPDATE deliveries SET status = @status, reason = @reason, due_at = @due, attempts = @attempts, provider_id = COALESCE(@provider, provider_id),
          lease_owner = NULL, changed_at = CASE WHEN @status = 8 THEN changed_at ELSE @now END, history = history || @line
        WHERE id = @id AND attempts = @tried AND ((status = 2 AND lease_owner = @me) OR (status = 8 AND doubts = 0))
        """;

    /// <summary>Rows whose owner is gone: its lane lease has run out or was given back.</summary>
    public const string Orphans = """
        UPDATE deliveries SET status = 8, reason = @reason, due_at = @due, lease_owner = NULL, changed_at = changed_at, history = history || @line
        WHERE id IN (
          SELECT d.id FROM deliveries d
          WHERE d.status = 2 AND NOT EXISTS (SELECT 1 FROM lanes l WHERE l.owner = d.lease_owner AND l.until > @now)
          LIMIT 1000)
          AND status = 2
        RETURNING source_id
        """;

    public const string SkipContact = """
        UPDATE deliveries SET status = 7, reason = @reason, changed_at = @now, history = history || @line
        WHERE contact_id = @contact AND status = 0
        RETURNING source_id
        """;

    /// <summary>What a suppression covers is skipped with the suppression's own reason.</summary>
    private const string Unwanted = """
        UPDATE deliveries SET status = 7, reason = {why}, changed_at = @now, history = history || @line || {why} || @end
        WHERE id IN ({which}) AND status = 0
        RETURNING source_id
        """;

    private static readonly string Why =
        $"(SELECT min(p.reason) FROM suppressions p WHERE p.contact_id = deliveries.contact_id AND {Covers.Replace("{scope}", "deliveries.scope", StringComparison.Ordinal)})";

    /// <summary>Why a row is not wanted: the reason of the suppression that covers it.</summary>
    public static string WhyStopped => $"SELECT {Why} FROM deliveries WHERE deliveries.id = @id";

    /// <summary>Rows that are due and may not be claimed: asked only where a claim found nothing else, so that it never looks at rows that may.</summary>
    public static string SkipUnwantedDue => SkipUnwanted($"""
        SELECT d.id FROM deliveries d
        WHERE d.source_id = @source AND d.sender = @sender AND d.status = 0 AND d.due_at <= @now AND NOT ({Consented}) ORDER BY d.due_at, d.id LIMIT 5000
        """);

    /// <summary>Rows of one contact for topics it has stopped.</summary>
    public static string SkipUnwantedOf => SkipUnwanted($"SELECT d.id FROM deliveries d WHERE d.contact_id = @contact AND d.status = 0 AND d.scope <> '' AND NOT ({Consented})");

    /// <summary>Rows of a fan-out's chunk.</summary>
    public static string SkipUnwantedAmong => SkipUnwanted($"{Suppressed} AND p.contact_id > @from AND p.contact_id <= @to AND d.status = 0 AND {CoversRow}");

    /// <summary>Rows of a fan-out that a stop ran beside.</summary>
    public static string SkipUnwantedSince => SkipUnwanted($"{Suppressed} AND p.at >= @since AND d.status = 0 AND {CoversRow}");

    /// <summary>From the few suppressions to their rows: CROSS JOIN keeps SQLite from starting with all rows of the subject (sqlite.org/optoverview.html, 8.2).</summary>
    private const string Suppressed = "SELECT d.id FROM suppressions p CROSS JOIN deliveries d WHERE d.subject_id = @subject AND d.contact_id = p.contact_id";

    private static string SkipUnwanted(string which) => Unwanted.Replace("{why}", Why, StringComparison.Ordinal).Replace("{which}", which, StringComparison.Ordinal);

    public const string SkipStale = """
        UPDATE deliveries SET status = 7, reason = @reason, changed_at = @now, history = history || @line
        WHERE id IN (SELECT id FROM deliveries WHERE status = 0 AND expires_at <= @now LIMIT 5000) AND status = 0
        RETURNING source_id
        """;

    /// <summary>Sources taken back with rows that came back to wait afterwards: from a send that was to be tried again, from a fan-out beside the cancelling.</summary>
    public const string Cancelled = """
        SELECT s.id, COALESCE(s.why, 'cancelled') FROM sources s WHERE s.pending > 0 AND s.cancelled
        UNION SELECT s.id, COALESCE(s.why, 'cancelled') FROM sources s WHERE s.held > 0 AND s.cancelled LIMIT 100
        """;

    public const string SkipSource = """
        UPDATE deliveries SET status = 7, reason = @reason, changed_at = @now, history = history || @line
        WHERE id IN (SELECT id FROM deliveries WHERE source_id = @source AND status = 0 LIMIT 5000) AND status = 0
        RETURNING source_id
        """;

    /// <summary>Texts in doubt whose time to be asked about has come.</summary>
    public const string Doubtful = """
        SELECT d.id, d.source_id, d.sender, d.changed_at, d.doubts, d.resends, c.address
        FROM deliveries d JOIN contacts c ON c.id = d.contact_id
        WHERE d.status = 8 AND d.due_at <= @now ORDER BY d.due_at LIMIT 100
        """;

    public const string Settle = """
        UPDATE deliveries SET status = @status, reason = @reason, due_at = @due, doubts = @doubts, resends = @resends,
          provider_id = COALESCE(@provider, provider_id), history = history || @line
        WHERE id = @id AND status = 8 AND doubts = @seen AND resends = @seen_resends AND changed_at = @attempted
        """;

    /// <summary>Along the key, which grows with time: what is old stands in front.</summary>
    public const string Oldest = "SELECT id, created_at FROM deliveries WHERE id > @after ORDER BY id LIMIT @count";

    /// <summary>What has ended: accepted, delivered, undelivered, rejected, skipped. What is open or unknown stays until it is not.</summary>
    public const string Remove = "DELETE FROM deliveries WHERE id > @after AND id <= @last AND created_at < @before AND status IN (3, 4, 5, 6, 7)";

    /// <summary>Whether a sender has something that may leave now; a lane that woke itself for what is held back would spin until it is not.</summary>
    public const string DueSenders = $"""
        SELECT CASE WHEN ({Silenced}) = 0 AND EXISTS (
          SELECT 1 FROM sources s WHERE s.pending > 0 AND NOT s.paused AND NOT s.cancelled AND {Affordable}
            AND EXISTS (SELECT 1 FROM deliveries d WHERE d.source_id = s.id AND d.sender = @sender AND d.status = 0 AND d.due_at <= @now AND d.expires_at > @now)) THEN 1 ELSE 0 END
        """;
}
