package main

import riffle_guest "riffle/udfhost/guest/runtime"

func main() {
	riffle_guest.Serve(riffle_guest.Scalar(riffle_AddOne), riffle_guest.Scalar(riffle_Upper), riffle_guest.Scalar(riffle_Calls), riffle_guest.Scalar(riffle_Repeat),
		riffle_guest.Scalar(riffle_Trouble), riffle_guest.Scalar(riffle_Not), riffle_guest.Scalar(riffle_Reverse),
		riffle_guest.Table(riffle_Spell))
}

func riffle_AddOne(c *riffle_guest.Call) {
	progress := c.Progress()
	skip := c.Strict(0)
	arg := riffle_guest.Int64s(c, 0)
	out := riffle_guest.Int64Result(c)
	c.ResultValidity(skip)
	for i := range out {
		*progress = i
		if riffle_guest.IsNull(skip, i) {
			out[i] = 0
			continue
		}
		out[i] = AddOne(arg[i])
	}
}

func riffle_Upper(c *riffle_guest.Call) {
	progress := c.Progress()
	skip := c.Strict(0)
	arg := riffle_guest.Strings(c, 0)
	out := c.Result(riffle_guest.TypeString)
	c.ResultValidity(skip)
	for i := range c.Rows() {
		*progress = i
		if riffle_guest.IsNull(skip, i) {
			out.NullAt(i)
			continue
		}
		out[0].SetString(Upper(arg.At(i)))
	}
}

func riffle_Calls(c *riffle_guest.Call) {
	arg := riffle_guest.Int64s(c, 0)
	out := riffle_guest.Int64Result(c)
	for i := range out {
		out[i] = Calls(arg[i])
	}
}

func riffle_Repeat(c *riffle_guest.Call) {
	progress := c.Progress()
	skip := c.Strict(0, 1)
	s, n := riffle_guest.Strings(c, 0), riffle_guest.Int64s(c, 1)
	out := c.Result(riffle_guest.TypeString)
	c.ResultValidity(skip)
	if c.From() > 0 {
		out.NullAt(c.From() - 1)
	}
	for i := c.From(); i < c.Rows(); i++ {
		*progress = i
		if riffle_guest.IsNull(skip, i) {
			out.NullAt(i)
			continue
		}
		out[0].SetString(Repeat(s.At(i), n[i]))
	}
}

func riffle_Trouble(c *riffle_guest.Call) {
	progress := c.Progress()
	arg := riffle_guest.Strings(c, 0)
	out := c.Result(riffle_guest.TypeString)
	if c.From() > 0 {
		out.NullAt(c.From() - 1)
	}
	for i := c.From(); i < c.Rows(); i++ {
		*progress = i
		v, err := Trouble(arg.At(i))
		if riffle_guest.Failed(err) {
			if c.Fail(err) {
				return
			}
			out.NullAt(i)
			continue
		}
		out[0].SetString(v)
	}
}

func riffle_Not(c *riffle_guest.Call) {
	arg, valid := riffle_guest.Bools(c, 0), c.Valid(0)
	out := riffle_guest.BoolResult(c)
	set := c.NullableResult()
	for i := range c.Rows() {
		var given *bool
		if !riffle_guest.IsNull(valid, i) {
			b := arg.At(i)
			given = &b
		}
		if v := Not(given); v != nil {
			set.Set(i)
			out.Set(i, *v)
		}
	}
}

func riffle_Reverse(c *riffle_guest.Call) {
	skip := c.Strict(0)
	arg := riffle_guest.Blobs(c, 0)
	out := c.Result(riffle_guest.TypeBytes)
	set := c.NullableResult()
	for i := range c.Rows() {
		if riffle_guest.IsNull(skip, i) {
			out.NullAt(i)
			continue
		}
		v := Reverse(arg.At(i))
		if v == nil {
			out.NullAt(i)
			continue
		}
		set.Set(i)
		out[0].SetBytes(*v)
	}
}

func riffle_Spell(c *riffle_guest.Call) {
	words, times := riffle_guest.Strings(c, 0), riffle_guest.Int64s(c, 1)
	skip := c.Strict(0, 1)
	out := c.TableResult(2, riffle_guest.TypeString, riffle_guest.TypeInt64)
	for i := c.From(); i < c.Rows(); i++ {
		if c.Row(i) {
			return
		}
		if riffle_guest.IsNull(skip, i) {
			continue
		}
		seq, err := Spell(words.At(i), times[i])
		if riffle_guest.Failed(err) {
			if c.Fail(err) {
				return
			}
			continue
		}
		if !riffle_guest.IsTable(seq) {
			continue
		}
		for word, n := range seq {
			out[0].SetString(word)
			out[1].SetInt64(n)
			if c.Yield() {
				return
			}
		}
	}
}
