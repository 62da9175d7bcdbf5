-- People have names.
CREATE TEMPORARY VIEW people AS

SELECT * FROM (VALUES (1, 'Ada; the first'), (2, 'Bo')) AS t (id, name)

%set least 1

// Shout's result is loud.
func Shout(s string) string {
	out := ""
	for i := 0; i < 1; i++ {
		out = strings.ToUpper(s)
	}

	return out + `!`
}

SELECT Shout(name) AS loud FROM people

WHERE id >= ${least} ORDER BY id

DESC LIMIT 5

%%time
%%name pair
SELECT 1 AS a;
SELECT 2 AS b

%plot pair kind=bar x=a y=a

%show pair

people?

SHOW VIEWS

SET 'table.dml-sync' = 'true'

CREATE TABLE hole (id INT) WITH ('connector' = 'blackhole')

BEGIN STATEMENT SET

INSERT INTO hole

SELECT id FROM people

INSERT INTO hole VALUES (1), (2)

END

SELECT id AS back FROM people &

%%background
SELECT id AS behind FROM people;

SELECT id AS shown FROM people WHERE id = 2

CREATE TABLE ticks (id INT) WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '9')

SELECT id AS late FROM ticks

%%wait rows=2 for=1m
SET 'execution.runtime-mode' = 'streaming';

SELECT id AS tick FROM ticks

%echo almost

SELECT FROM people
