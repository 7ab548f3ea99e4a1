"""Forms of the two decisions: approve with classification, or return with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from policy_pages.enums import ApplicationRoute, VocabularyCode

if TYPE_CHECKING:
    from policy_pages.models import Listing


class DecisionForm(forms.Form):
    """What every decision carries: the exact revision and content that was read (hole F3)."""

    revision_id = forms.IntegerField(widget=forms.HiddenInput)
    content_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)


class ReviewForm(DecisionForm):
    """The department reviewer agrees."""

    comment = forms.CharField(
        label=_("审核意见（可不填）"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=1000
    )


class ReturnForm(DecisionForm):
    """Return for changes: the reason is required, the editor reads it (T6.5)."""

    comment = forms.CharField(
        label=_("退回理由（必填，录入员会看到）"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        error_messages={"required": _("请写明退回理由：哪一处、要改成什么。")},
    )


class ClassificationForm(ReviewForm):
    """The bureau's classification (A6(3)): every choice starts empty, so that nothing is classified by one click."""

    category = forms.ChoiceField(label=_("清单类别（必填）"), error_messages={"required": _("请选择清单类别。")})
    route = forms.ChoiceField(label=_("申报方式（申报指南必填）"), required=False)
    themes = forms.MultipleChoiceField(label=_("主题"), required=False, widget=forms.CheckboxSelectMultiple)
    industries = forms.MultipleChoiceField(label=_("行业"), required=False, widget=forms.CheckboxSelectMultiple)
    sizes = forms.MultipleChoiceField(label=_("企业规模"), required=False, widget=forms.CheckboxSelectMultiple)
    life_cycle = forms.MultipleChoiceField(label=_("企业生命周期"), required=False, widget=forms.CheckboxSelectMultiple)
    qualifications = forms.MultipleChoiceField(label=_("企业资质"), required=False, widget=forms.CheckboxSelectMultiple)
    regions = forms.MultipleChoiceField(label=_("适用区域"), required=False, widget=forms.CheckboxSelectMultiple)

    #: Form field of each list of terms.
    VOCABULARIES = {
        "category": VocabularyCode.CATEGORY,
        "themes": VocabularyCode.THEME,
        "industries": VocabularyCode.INDUSTRY,
        "sizes": VocabularyCode.SIZE,
        "life_cycle": VocabularyCode.LIFE_CYCLE,
        "qualifications": VocabularyCode.QUALIFICATION,
        "regions": VocabularyCode.REGION,
    }
    field_order = ("category", "route", *list(VOCABULARIES)[1:], "comment")

    def __init__(self, *args: Any, route_required: bool = False, listing: Listing | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        from policy_pages.models import Term

        terms = list(Term.objects.filter(vocabulary__in=self.VOCABULARIES.values(), is_active=True))
        for name, vocabulary in self.VOCABULARIES.items():
            choices = [(str(term.pk), term.name) for term in terms if term.vocabulary == vocabulary]
            self._offer(name, choices, empty_first=name == "category")
        self._offer("route", ApplicationRoute.choices, empty_first=True)
        if listing:
            self.initial.update(self._current(listing))
        self.fields["route"].required = route_required
        self.fields["route"].error_messages["required"] = _("请选择申报方式：免申即享、简易程序或复杂程序。")

    def _current(self, listing: Listing) -> dict[str, Any]:
        """What a page is classified as already: an update starts from it, only a new page starts empty."""
        names = {name: vocabulary for name, vocabulary in self.VOCABULARIES.items() if name != "category"}
        chosen = list(listing.terms.all())
        terms = {name: [str(term.pk) for term in chosen if term.vocabulary == code] for name, code in names.items()}
        return {"category": str(listing.category_id), "route": listing.route, **terms}

    def _offer(self, name: str, choices: list[Any], *, empty_first: bool) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- for the type checker
        field.choices = [("", _("——请选择——")), *choices] if empty_first else choices

    def term_ids(self) -> list[str]:
        """Ids of every chosen term but the category."""
        return [pk for name in self.VOCABULARIES if name != "category" for pk in self.cleaned_data[name]]
