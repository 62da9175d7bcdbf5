package riffle.gateway;

import org.apache.flink.table.api.internal.TableEnvironmentInternal;
import org.apache.flink.table.api.internal.TableResultInternal;
import org.apache.flink.table.catalog.Catalog;
import org.apache.flink.table.catalog.CatalogManager;
import org.apache.flink.table.catalog.GenericInMemoryCatalog;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.operations.CreateTableASOperation;
import org.apache.flink.table.operations.LoadModuleOperation;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.operations.ReplaceTableAsOperation;
import org.apache.flink.table.operations.UnloadModuleOperation;
import org.apache.flink.table.operations.UseOperation;
import org.apache.flink.table.operations.command.AddJarOperation;
import org.apache.flink.table.operations.ddl.AlterCatalogFunctionOperation;
import org.apache.flink.table.operations.ddl.AlterDatabaseOperation;
import org.apache.flink.table.operations.ddl.AlterModelChangeOperation;
import org.apache.flink.table.operations.ddl.AlterModelRenameOperation;
import org.apache.flink.table.operations.ddl.AlterOperation;
import org.apache.flink.table.operations.ddl.AlterTableOperation;
import org.apache.flink.table.operations.ddl.AlterViewOperation;
import org.apache.flink.table.operations.ddl.CreateCatalogFunctionOperation;
import org.apache.flink.table.operations.ddl.CreateDatabaseOperation;
import org.apache.flink.table.operations.ddl.CreateModelOperation;
import org.apache.flink.table.operations.ddl.CreateOperation;
import org.apache.flink.table.operations.ddl.CreateTableOperation;
import org.apache.flink.table.operations.ddl.CreateViewOperation;
import org.apache.flink.table.operations.ddl.DropCatalogFunctionOperation;
import org.apache.flink.table.operations.ddl.DropDatabaseOperation;
import org.apache.flink.table.operations.ddl.DropModelOperation;
import org.apache.flink.table.operations.ddl.DropOperation;
import org.apache.flink.table.operations.ddl.DropTableOperation;
import org.apache.flink.table.operations.ddl.DropViewOperation;
import org.apache.flink.util.CloseableIterator;

/**
 * Determines what a statement changes only in this JVM. These changes have to be repeated in the next JVM
 * if this one is lost: temporary objects, those of in-memory catalogs, and the session's catalogs,
 * modules, jars and current names. Changes in an external catalog persist, and repeating them would be
 * wrong.
 */
final class SessionLocal {
    private final CatalogManager catalogs;

    SessionLocal(CatalogManager catalogs) {
        this.catalogs = catalogs;
    }

    /**
     * Whether the statement has to run again. This is determined before it runs, because it may drop
     * what it names.
     */
    boolean changedBy(Operation op) {
        if (op instanceof UseOperation
                || op instanceof LoadModuleOperation
                || op instanceof UnloadModuleOperation
                || op instanceof AddJarOperation) {
            return true;
        }
        if (!(op instanceof CreateOperation || op instanceof AlterOperation || op instanceof DropOperation)) {
            return false;
        }
        String database = catalogOfDatabase(op);
        if (database != null) {
            return inMemory(database);
        }
        ObjectIdentifier object = object(op);
        // A statement that names no object is about a catalog, whose definition belongs to the session,
        // or a system function.
        return object == null || temporary(op, object) || inMemory(object.getCatalogName());
    }

    /**
     * The definition of the table that CREATE TABLE AS has created, without the query: its rows are not
     * written again. Null for other statements, and if an external catalog keeps the table.
     */
    String definition(Operation op, TableEnvironmentInternal env) throws Exception {
        CreateTableOperation create;
        if (op instanceof CreateTableASOperation) {
            create = ((CreateTableASOperation) op).getCreateTableOperation();
        } else if (op instanceof ReplaceTableAsOperation) {
            create = ((ReplaceTableAsOperation) op).getCreateTableOperation();
        } else {
            return null;
        }
        ObjectIdentifier table = create.getTableIdentifier();
        if (!create.isTemporary() && !inMemory(table.getCatalogName())) {
            return null;
        }
        TableResultInternal shown =
                (TableResultInternal) env.executeSql("SHOW CREATE TABLE " + table.asSerializableString());
        CloseableIterator<RowData> rows = shown.collectInternal();
        try {
            return rows.next().getString(0).toString();
        } finally {
            rows.close();
        }
    }

    private static String catalogOfDatabase(Operation op) {
        if (op instanceof CreateDatabaseOperation) {
            return ((CreateDatabaseOperation) op).getCatalogName();
        }
        if (op instanceof AlterDatabaseOperation) {
            return ((AlterDatabaseOperation) op).getCatalogName();
        }
        return op instanceof DropDatabaseOperation ? ((DropDatabaseOperation) op).getCatalogName() : null;
    }

    private static ObjectIdentifier object(Operation op) {
        if (op instanceof CreateTableOperation) {
            return ((CreateTableOperation) op).getTableIdentifier();
        }
        if (op instanceof AlterTableOperation) {
            return ((AlterTableOperation) op).getTableIdentifier();
        }
        if (op instanceof DropTableOperation) {
            return ((DropTableOperation) op).getTableIdentifier();
        }
        if (op instanceof CreateViewOperation) {
            return ((CreateViewOperation) op).getViewIdentifier();
        }
        if (op instanceof AlterViewOperation) {
            return ((AlterViewOperation) op).getViewIdentifier();
        }
        if (op instanceof DropViewOperation) {
            return ((DropViewOperation) op).getViewIdentifier();
        }
        if (op instanceof CreateCatalogFunctionOperation) {
            return ((CreateCatalogFunctionOperation) op).getFunctionIdentifier();
        }
        if (op instanceof AlterCatalogFunctionOperation) {
            return ((AlterCatalogFunctionOperation) op).getFunctionIdentifier();
        }
        if (op instanceof DropCatalogFunctionOperation) {
            return ((DropCatalogFunctionOperation) op).getFunctionIdentifier();
        }
        if (op instanceof CreateModelOperation) {
            return ((CreateModelOperation) op).getModelIdentifier();
        }
        if (op instanceof AlterModelChangeOperation) {
            return ((AlterModelChangeOperation) op).getModelIdentifier();
        }
        if (op instanceof AlterModelRenameOperation) {
            return ((AlterModelRenameOperation) op).getModelIdentifier();
        }
        return op instanceof DropModelOperation ? ((DropModelOperation) op).getModelIdentifier() : null;
    }

    private boolean temporary(Operation op, ObjectIdentifier object) {
        if (op instanceof CreateTableOperation) {
            return ((CreateTableOperation) op).isTemporary();
        }
        if (op instanceof CreateViewOperation) {
            return ((CreateViewOperation) op).isTemporary();
        }
        if (op instanceof CreateModelOperation) {
            return ((CreateModelOperation) op).isTemporary();
        }
        if (op instanceof CreateCatalogFunctionOperation) {
            return ((CreateCatalogFunctionOperation) op).isTemporary();
        }
        if (op instanceof AlterCatalogFunctionOperation) {
            return ((AlterCatalogFunctionOperation) op).isTemporary();
        }
        if (op instanceof DropCatalogFunctionOperation) {
            return ((DropCatalogFunctionOperation) op).isTemporary();
        }
        // DROP and ALTER find the temporary one first.
        return catalogs.isTemporaryTable(object) || catalogs.isTemporaryModel(object);
    }

    private boolean inMemory(String catalog) {
        Catalog found = catalogs.getCatalog(catalog).orElse(null);
        return found instanceof GenericInMemoryCatalog;
    }
}
