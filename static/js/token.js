/* A page that stayed open while its reader logged in again carries an old token; every form is sent with today's.
   Only what Django documents for scripts: the token is read from our own cookie. */
document.addEventListener("submit", function (event) {
    var field = event.target.querySelector("input[name=csrfmiddlewaretoken]");
    var cookie = document.cookie.match(/(?:^|;\s*)(?:__Host-)?csrftoken=([^;]+)/);
    if (field && cookie) { field.value = decodeURIComponent(cookie[1]); }
}, true);
