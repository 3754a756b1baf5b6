
/* Within a page there is no address to keep the view in, and browsers forbid prompts. */
var keep = history.replaceState.bind(history);
history.replaceState = function () {
    try { keep.apply(null, arguments); } catch (error) {}
};

function search_prompt() {
    if (searching) {
        reset_search();
        searching = 0;
        searchbtn.classList.remove("show");
        searchbtn.firstChild.nodeValue = "Search";
        matchedtxt.classList.add("hide");
        matchedtxt.firstChild.nodeValue = "";
        return;
    }
    var place = document.createElementNS("http://www.w3.org/2000/svg", "foreignObject");
    var field = document.createElementNS("http://www.w3.org/1999/xhtml", "input");
    var width = 240;
    place.setAttribute("x", Math.max(0, svg.width.baseVal.value - xpad - width));
    place.setAttribute("y", 4);
    place.setAttribute("width", width);
    place.setAttribute("height", 30);
    field.setAttribute("aria-label", "Search for functions");
    field.setAttribute("placeholder", "name, then Enter");
    place.appendChild(field);
    svg.appendChild(place);
    var close = function () {
        // Removing the field takes the focus from it, which would close it once more.
        field.removeEventListener("blur", close);
        place.remove();
    };
    field.addEventListener("blur", close);
    field.addEventListener("keydown", function (event) {
        if (event.key === "Escape") close();
        if (event.key !== "Enter") return;
        var term = field.value;
        close();
        // What isn't a regular expression is looked for as it stands.
        try { new RegExp(term); } catch (error) { term = term.replace(/[^\w\s]/g, "\\$&"); }
        if (term) search(term);
    });
    field.focus();
}
