/* What was typed into a field of a day reaches the server as it was typed, which reads it or says why not.
   Stock's date picker would put another day in its place when the field is left. */
jQuery.fn.datetimepicker.defaults.validateOnBlur = false;
