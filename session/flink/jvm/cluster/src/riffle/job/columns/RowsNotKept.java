package riffle.job.columns;

/**
 * An operator that copies what it needs of a row before processElement returns. It keeps neither the row nor
 * an object of it, so the operator before it in a chain can pass rows without a copy. See
 * {@link UncopiedSerializer}.
 */
public interface RowsNotKept {}
