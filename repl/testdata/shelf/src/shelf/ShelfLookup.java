package shelf;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.LookupTableSource;
import org.apache.flink.table.connector.source.lookup.LookupFunctionProvider;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.functions.LookupFunction;

/** A connector for lookups by key: each odd number, with its name. */
public final class ShelfLookup implements DynamicTableSourceFactory {
    @Override
    public String factoryIdentifier() {
        return "shelf-lookup";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of();
    }

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
        return new Source();
    }

    private static final class Source implements LookupTableSource {
        @Override
        public LookupRuntimeProvider getLookupRuntimeProvider(LookupContext context) {
            return LookupFunctionProvider.of(new Odd());
        }

        @Override
        public DynamicTableSource copy() {
            return new Source();
        }

        @Override
        public String asSummaryString() {
            return "shelf-lookup";
        }
    }

    /** Its class is public for Flink's generated code. */
    public static final class Odd extends LookupFunction {
        @Override
        public Collection<RowData> lookup(RowData key) {
            int number = key.getInt(0);
            return number % 2 == 0
                    ? List.of()
                    : List.of(GenericRowData.of(number, StringData.fromString("number " + number)));
        }
    }
}
