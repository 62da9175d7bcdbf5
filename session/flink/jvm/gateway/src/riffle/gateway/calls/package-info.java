/**
 * Calls of Go functions as riffle's SQL allows them: with named arguments, without the arguments that have a default,
 * and with whole rows. The planner knows only calls that have an argument for each parameter, in order.
 *
 * <p>A statement passes through here between Flink's parser and its validator, and so does the query of a view
 * whenever a statement reads the view:
 *
 * <pre>
 *  text ─► CallParser   reads F(a, limit => 5, t.*)  ─► a call whose operator is a GoCall
 *       ─► GoCall       is asked by the validator, before anything else, to rewrite its call
 *           ─► Arguments  puts the arguments in order and adds the defaults
 *           ─► WholeRow   is the operator of t.*, which becomes ROW(t.a, t.b) once the tables of FROM are known
 * </pre>
 *
 * The text of a view keeps the call as it was typed, so the view follows the function when it is declared again.
 */
package riffle.gateway.calls;
