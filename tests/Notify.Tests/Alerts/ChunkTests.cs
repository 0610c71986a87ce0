using Notify.Alerts;

namespace Notify.Tests.Alerts;

/// <summary>A piece of a fan-out follows the speed of the machine, within bounds.</summary>
public sealed class ChunkTests
{
    [Theory]
    [InlineData(30, 4_000, "in time")]
    [InlineData(60, 2_000, "half of it")]
    [InlineData(300, 2_000, "never less than half at once")]
    [InlineData(24, 5_000, "a quarter more")]
    [InlineData(1, 5_000, "never more than a quarter at once")]
    [InlineData(0, 4_000, "a clock that stands says nothing")]
    public void It_moves_towards_the_time_a_piece_may_take(int milliseconds, int size, string why)
    {
        var chunk = new Chunk(4_000, 1_000, 10_000);

        chunk.Took(TimeSpan.FromMilliseconds(milliseconds));

        Assert.True(size == chunk.Size, $"{why}: {chunk.Size}");
    }

    [Fact]
    public void It_stays_within_its_bounds()
    {
        var chunk = new Chunk(4_000, 1_000, 10_000);
        for (var i = 0; i < 20; i++)
        {
            chunk.Took(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1_000, chunk.Size);
        for (var i = 0; i < 20; i++)
        {
            chunk.Took(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(10_000, chunk.Size);
    }
}
