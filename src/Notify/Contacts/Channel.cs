namespace Notify.Contacts;

/// <summary>How a reader is reached. The numbers are stored; they never change their meaning.</summary>
public enum Channel
{
    /// <summary>A text message to a phone number.</summary>
    Text = 1,

    /// <summary>An e-mail.</summary>
    Mail = 2,
}
