package riffle.job.rows;

import java.util.List;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;

/**
 * The answer to a {@link RowRequest}: the blocks from the requested number on, in their order. It is empty if
 * no block arrived while the request waited.
 */
public final class RowBlocks implements CoordinationResponse {
    private static final long serialVersionUID = 1L;

    /** Identifies the {@link RowCoordinator} that answers. */
    public final String coordinator;

    /** Null if an earlier answer came from another coordinator, whose blocks are lost. */
    public final List<RowBlock> blocks;

    /** No more blocks will come: the job has ended, or fails. */
    public final boolean last;

    RowBlocks(String coordinator, List<RowBlock> blocks, boolean last) {
        this.coordinator = coordinator;
        this.blocks = blocks;
        this.last = last;
    }
}
