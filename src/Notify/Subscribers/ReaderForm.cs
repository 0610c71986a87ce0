using Microsoft.AspNetCore.Http.Features;

namespace Notify.Subscribers;

/// <summary>Reads a form that anybody can post, within bounds; whatever else comes is refused in words for the reader.</summary>
internal static class ReaderForm
{
    /// <summary>What the longest honest form needs is a tenth of this.</summary>
    public const int MaxBytes = 32 * 1024;

    private static readonly FormOptions Bounds = new()
    {
        ValueCountLimit = 200,
        KeyLengthLimit = 100,
        ValueLengthLimit = 8 * 1024,
        MultipartBodyLengthLimit = MaxBytes,
        MultipartHeadersLengthLimit = 4 * 1024,
    };

    /// <returns>The form, or else the status to answer with and what to tell the reader.</returns>
    public static async Task<(IFormCollection? Form, int Status, string Problem)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!request.HasFormContentType)
        {
            return (null, StatusCodes.Status400BadRequest, "The form did not reach us whole. Please fill it in once more.");
        }

        try
        {
            return (await request.ReadFormAsync(Bounds, cancellationToken), StatusCodes.Status200OK, "");
        }
        catch (BadHttpRequestException tooMuch) when (tooMuch.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, StatusCodes.Status413PayloadTooLarge, "That was more than this form can take. Please fill it in once more, in fewer words.");
        }
        catch (Exception fault) when (fault is InvalidDataException or BadHttpRequestException or IOException)
        {
            return (null, StatusCodes.Status400BadRequest, "The form did not reach us whole. Please fill it in once more.");
        }
    }
}
