package riffle.gateway.calls;

import org.apache.calcite.config.Lex;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlDataTypeSpec;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.parser.SqlParseException;
import org.apache.calcite.sql.parser.SqlParser;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.util.SqlShuttle;
import org.apache.flink.sql.parser.impl.FlinkSqlParserImpl;
import org.apache.flink.sql.parser.validate.FlinkSqlConformance;

/** Constants that riffle has written, see Parameter in package gateway. */
final class Constant {
    private Constant() {}

    /** A constant as a part of a statement: its position is that of the call that needs it. */
    static SqlNode parse(String text, SqlParserPos at) {
        try {
            return SqlParser.create(
                            text,
                            SqlParser.config()
                                    .withParserFactory(FlinkSqlParserImpl.FACTORY)
                                    .withConformance(FlinkSqlConformance.DEFAULT)
                                    .withLex(Lex.JAVA))
                    .parseExpression()
                    .accept(new Moved(at));
        } catch (SqlParseException e) {
            throw new IllegalStateException("not a constant: " + text, e);
        }
    }

    private static final class Moved extends SqlShuttle {
        private final SqlParserPos at;

        Moved(SqlParserPos at) {
            this.at = at;
        }

        @Override
        public SqlNode visit(SqlLiteral literal) {
            return literal.clone(at);
        }

        @Override
        public SqlNode visit(SqlDataTypeSpec type) {
            return type.clone(at);
        }

        @Override
        public SqlNode visit(SqlCall call) {
            return super.visit(call).clone(at);
        }
    }
}
