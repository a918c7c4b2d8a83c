"""One template renders every form field of the product."""

from django.forms.renderers import TemplatesSetting


class FieldRenderer(TemplatesSetting):
    """Renders `{{ field.as_field_group }}` with our component."""

    field_template_name = "components/field.html"
