package functions

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// length is that of a collection in elements, or of a text in characters.
func length() function.Function {
	return function.New(&function.Spec{
		Description: "Returns the number of elements of a list, set, map or object, or of characters of a text.",
		Params: []function.Parameter{{
			Name: "value", Type: cty.DynamicPseudoType, Description: "a collection or a text",
			AllowDynamicType: true, AllowUnknown: true, AllowMarked: true,
		}},
		Type: function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, marks := args[0].Unmark()
			n, err := lengthOf(v)
			if err != nil {
				return cty.UnknownVal(cty.Number), err
			}
			return n.WithMarks(marks), nil
		},
	})
}

func lengthOf(v cty.Value) (cty.Value, error) {
	ty := v.Type()
	switch {
	case ty == cty.DynamicPseudoType:
		return cty.UnknownVal(cty.Number), nil
	case ty == cty.String:
		return stdlib.StrlenFunc.Call([]cty.Value{v})
	case ty.IsObjectType():
		return cty.NumberIntVal(int64(len(ty.AttributeTypes()))), nil
	case ty.IsTupleType():
		return cty.NumberIntVal(int64(ty.Length())), nil
	case ty.IsCollectionType():
		return v.Length(), nil
	}
	return cty.NilVal, function.NewArgErrorf(0, "only texts, lists, sets, maps and objects have a length")
}

// list is a parameter that takes any list; its elements are converted by elements.
func list(doc string) []function.Parameter {
	return []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType, Description: doc}}
}

// elements returns the elements of a list, set or tuple, converted to a type.
func elements(v cty.Value, want cty.Type) ([]cty.Value, error) {
	ty := v.Type()
	if !ty.IsListType() && !ty.IsSetType() && !ty.IsTupleType() {
		return nil, function.NewArgErrorf(0, "a list is needed")
	}
	var all []cty.Value
	for it := v.ElementIterator(); it.Next(); {
		i, elem := it.Element()
		elem, err := convert.Convert(elem, want)
		if err != nil {
			return nil, function.NewArgErrorf(0, "element %s: %s", place(i), err)
		}
		if elem.IsNull() {
			return nil, function.NewArgErrorf(0, "element %s is null", place(i))
		}
		all = append(all, elem)
	}
	return all, nil
}

// place writes the index of an element; those of sets have none.
func place(i cty.Value) string {
	if i.Type() == cty.Number {
		return i.AsBigFloat().Text('f', -1)
	}
	return "of the set"
}

// fold makes a function that goes through a list of one type and ends with a value of it.
func fold(doc string, ty cty.Type, start cty.Value, step func(sofar, elem cty.Value) cty.Value) function.Function {
	return function.New(&function.Spec{
		Description: doc,
		Params:      list("the list"),
		Type:        function.StaticReturnType(ty),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			all, err := elements(args[0], ty)
			if err != nil {
				return cty.UnknownVal(ty), err
			}
			sofar := start
			for _, elem := range all {
				sofar = step(sofar, elem)
			}
			return sofar, nil
		},
	})
}

func allTrue() function.Function {
	return fold("Tells whether all elements of a list are true; an empty list counts as true.", cty.Bool, cty.True, cty.Value.And)
}

func anyTrue() function.Function {
	return fold("Tells whether any element of a list is true.", cty.Bool, cty.False, cty.Value.Or)
}

func sum() function.Function {
	return fold("Returns the sum of a list of numbers; 0 for an empty list.", cty.Number, cty.Zero, cty.Value.Add)
}

// one returns the only element.
func one() function.Function {
	return function.New(&function.Spec{
		Description: "Returns the only element of a list, or null for an empty list. More than one element is an error.",
		Params:      list("a list of one element or none"),
		Type: func(args []cty.Value) (cty.Type, error) {
			switch ty := args[0].Type(); {
			case ty.IsListType() || ty.IsSetType():
				return ty.ElementType(), nil
			case ty.IsTupleType() && ty.Length() == 1:
				return ty.TupleElementType(0), nil
			case ty.IsTupleType() && ty.Length() == 0:
				return cty.DynamicPseudoType, nil
			case ty.IsTupleType():
				return cty.DynamicPseudoType, function.NewArgErrorf(0, "the list has %d elements, not one", ty.Length())
			}
			return cty.DynamicPseudoType, function.NewArgErrorf(0, "a list is needed")
		},
		Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
			switch n := args[0].LengthInt(); n {
			case 0:
				return cty.NullVal(ty), nil
			case 1:
				it := args[0].ElementIterator()
				it.Next()
				_, v := it.Element()
				return v, nil
			default:
				return cty.UnknownVal(ty), function.NewArgErrorf(0, "the list has %d elements, not one", n)
			}
		},
	})
}

// indexOf is Terraform's index: the place of a value in a list.
func indexOf() function.Function {
	return function.New(&function.Spec{
		Description: "Returns the place of a value in a list; the first is 0.",
		Params: []function.Parameter{
			{Name: "list", Type: cty.DynamicPseudoType, Description: "the list"},
			{Name: "value", Type: cty.DynamicPseudoType, Description: "what is looked for"},
		},
		Type: function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			ty := args[0].Type()
			if !ty.IsListType() && !ty.IsTupleType() {
				return cty.UnknownVal(cty.Number), function.NewArgErrorf(0, "a list is needed")
			}
			for it := args[0].ElementIterator(); it.Next(); {
				i, elem := it.Element()
				eq, err := stdlib.Equal(elem, args[1])
				if err != nil {
					return cty.UnknownVal(cty.Number), err
				}
				if !eq.IsKnown() {
					return cty.UnknownVal(cty.Number), nil
				}
				if eq.True() {
					return i, nil
				}
			}
			return cty.UnknownVal(cty.Number), function.NewArgErrorf(1, "the list does not contain it")
		},
	})
}
