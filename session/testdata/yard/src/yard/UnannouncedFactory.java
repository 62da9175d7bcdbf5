package yard;

import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.source.DataStreamScanProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.types.DataType;
import org.apache.flink.types.RowKind;

/** A source of (id INT, name STRING) that declares only insertions, but also changes rows. */
public final class UnannouncedFactory implements DynamicTableSourceFactory {
    @Override
    public String factoryIdentifier() {
        return "unannounced";
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
        return new Source(context.getPhysicalRowDataType());
    }

    private static RowData row(RowKind kind, int id, String name) {
        return GenericRowData.ofKind(kind, id, StringData.fromString(name));
    }

    private static final class Source implements ScanTableSource {
        private final DataType type;

        Source(DataType type) {
            this.type = type;
        }

        @Override
        public ChangelogMode getChangelogMode() {
            return ChangelogMode.insertOnly();
        }

        @Override
        public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
            return new Rows(context.createTypeInformation(type));
        }

        @Override
        public DynamicTableSource copy() {
            return new Source(type);
        }

        @Override
        public String asSummaryString() {
            return "unannounced";
        }
    }

    private static final class Rows implements DataStreamScanProvider {
        private final TypeInformation<RowData> type;

        Rows(TypeInformation<RowData> type) {
            this.type = type;
        }

        @Override
        public DataStream<RowData> produceDataStream(ProviderContext context, StreamExecutionEnvironment env) {
            return env.fromData(
                    List.of(
                            row(RowKind.INSERT, 1, "ann"),
                            row(RowKind.INSERT, 2, "bob"),
                            row(RowKind.UPDATE_AFTER, 2, "ben"),
                            row(RowKind.UPDATE_AFTER, 3, "cat")),
                    type);
        }

        @Override
        public boolean isBounded() {
            return true;
        }
    }
}
