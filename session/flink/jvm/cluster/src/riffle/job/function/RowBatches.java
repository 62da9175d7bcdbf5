package riffle.job.function;

import org.apache.flink.table.data.RowData;

/**
 * The rows that a kind of function takes and the results that it returns, in batches, as {@link BatchCalls}
 * needs them. A row has any number of results. Those of a batch arrive in the order of its rows, in one
 * element or in several.
 *
 * @param <B> what is kept of a batch until its results have been emitted
 */
public interface RowBatches<B> {
    /** Adds a row to the batch that is being collected. Its owner may change it afterwards. */
    void add(RowData row) throws Exception;

    /** The number of rows in the batch that is being collected. */
    int rows();

    /** About the number of bytes of its texts and objects. */
    long bytes();

    /** Returns the batch as an element for the function host. {@link #take} is called next. */
    byte[] element() throws Exception;

    /** Returns what is kept of the batch, and begins the next one. */
    B take();

    /**
     * Reads an element of results of a batch. Returns the number of rows, from the batch's first on, that
     * have no results after this element. The element that returns all rows is the batch's last.
     */
    int read(B batch, byte[] element) throws Exception;

    /** Whether a row can have so many results that they are to be emitted before the last has come. */
    default boolean manyResults() {
        return false;
    }

    /** Emits the results in the element of those rows before {@code row} that have not been emitted. */
    void emitBefore(int row) throws Exception;
}
