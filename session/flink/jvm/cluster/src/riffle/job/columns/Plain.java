package riffle.job.columns;

import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/** The plain types: their values are the same in Arrow's layout and in Flink's internal form. */
public final class Plain {
    private Plain() {}

    public static boolean has(RowType row) {
        return row.getChildren().stream().allMatch(Plain::has);
    }

    static boolean has(LogicalType type) {
        switch (type.getTypeRoot()) {
            case BOOLEAN:
            case TINYINT:
            case SMALLINT:
            case INTEGER:
            case BIGINT:
            case FLOAT:
            case DOUBLE:
            case DECIMAL:
            case CHAR:
            case VARCHAR:
            case BINARY:
            case VARBINARY:
            case DATE:
                return true;
            default:
                return false;
        }
    }
}
