// Sends the form that carries the answer back to the relying party; the button does the same without a script.
document.getElementById("return").submit();
