package shelf;

import java.io.File;
import java.util.List;
import org.apache.flink.connector.file.table.FileSystemTableFactory;
import org.apache.flink.table.api.TableException;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.RowLevelModificationScanContext;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.abilities.SupportsOverwrite;
import org.apache.flink.table.connector.sink.abilities.SupportsRowLevelDelete;
import org.apache.flink.table.connector.sink.abilities.SupportsRowLevelUpdate;
import org.apache.flink.table.connector.sink.abilities.SupportsTruncate;

/** The filesystem connector with rows that can be changed: it rewrites the whole table. */
public final class ShelfConnector extends FileSystemTableFactory {
    @Override
    public String factoryIdentifier() {
        return "shelf";
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
        String path = context.getCatalogTable().getOptions().get("path");
        return new Sink(super.createDynamicTableSink(context), new File(path), false);
    }

    private static final class Sink
            implements DynamicTableSink, SupportsRowLevelUpdate, SupportsRowLevelDelete, SupportsTruncate {
        private final DynamicTableSink files;
        private final File folder;
        private boolean anew;

        Sink(DynamicTableSink files, File folder, boolean anew) {
            this.files = files;
            this.folder = folder;
            this.anew = anew;
        }

        @Override
        public RowLevelUpdateInfo applyRowLevelUpdate(
                List<Column> columns, RowLevelModificationScanContext context) {
            anew = true;
            return new RowLevelUpdateInfo() {
                @Override
                public RowLevelUpdateMode getRowLevelUpdateMode() {
                    return RowLevelUpdateMode.ALL_ROWS;
                }
            };
        }

        @Override
        public RowLevelDeleteInfo applyRowLevelDelete(RowLevelModificationScanContext context) {
            anew = true;
            return new RowLevelDeleteInfo() {
                @Override
                public RowLevelDeleteMode getRowLevelDeleteMode() {
                    return RowLevelDeleteMode.REMAINING_ROWS;
                }
            };
        }

        @Override
        public void executeTruncation() {
            File[] all = folder.listFiles();
            for (File file : all == null ? new File[0] : all) {
                if (!file.delete()) {
                    throw new TableException("cannot delete " + file);
                }
            }
        }

        @Override
        public ChangelogMode getChangelogMode(ChangelogMode requested) {
            return files.getChangelogMode(requested);
        }

        @Override
        public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
            ((SupportsOverwrite) files).applyOverwrite(anew);
            return files.getSinkRuntimeProvider(context);
        }

        @Override
        public DynamicTableSink copy() {
            return new Sink(files.copy(), folder, anew);
        }

        @Override
        public String asSummaryString() {
            return "shelf";
        }
    }
}
