package command

import "testing"

func TestDrawPlan(t *testing.T) {
	const text = `== Abstract Syntax Tree ==
LogicalAggregate(group=[{0}])

== Optimized Physical Plan ==
GroupAggregate(groupBy=[k], select=[k, COUNT(*) AS n], changelogMode=[I,UB,UA])
+- Exchange(distribution=[hash[k]], changelogMode=[I])
   +- Join(joinType=[InnerJoin], where=[=(k, x)], leftInputSpec=[NoUniqueKey], rightInputSpec=[NoUniqueKey], changelogMode=[I])
      :- Exchange(distribution=[hash[k]], changelogMode=[I])
      :  +- TableSourceScan(table=[[default_catalog, default_database, clock]], fields=[id], changelogMode=[I])
      +- TableSourceScan(table=[[mine, shop, rates, filter=[]]], fields=[x], changelogMode=[NONE])

== Optimized Execution Plan ==
GroupAggregate(groupBy=[k])
`
	const want = `GroupAggregate [+I -U +U]  groupBy=[k], select=[k, COUNT(*) AS n]
└─ Exchange [+I]  distribution=[hash[k]]
   └─ Join [+I]  joinType=[InnerJoin], where=[=(k, x)]
      ├─ Exchange [+I]  distribution=[hash[k]]
      │  └─ TableSourceScan clock [+I]  fields=[id]
      └─ TableSourceScan mine.shop.rates  table=[[mine, shop, rates, filter=[]]], fields=[x]

+I a new row, +U the row after it, -U the row before an update`
	if got := drawPlan(text); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := drawPlan("no plan\n"); got != "no plan" {
		t.Errorf("%q", got)
	}
}
