"""ONE CALL, pure: what to send to a vendor's API, and how to read what it answers. Start at ``api.py``.

``api.py``          the calls of one account as flows: generators that yield requests and are sent responses
``call.py``         one signed call
``submission.py``   the calls that submit a job, each made once or repeated safely
``payload.py``      the check of what is submitted, before any call
``vendor.py``       a vendor as data, made of the groups in ``facts.py`` and checked by ``checks.py``
``expressions.py``  where a value stands in a JSON body
``sign_in.py``      how a request is signed, as data; ``auth.py`` carries it out, ``signing.py`` is the result
``account.py``      one connection, read: where to call, with what credential, for which vendor
``answer.py``       an HTTP answer becomes a JSON object, or an error in words fit for a log
``text.py``         text from outside becomes text of ours; ``words.py`` finds the vendor's words in a body
``job_id.py``       the check of a job's id, before any call
``reader.py``       a JSON object becomes a ``Job``, or a page of them
``job.py``          a job, the same for every vendor
``http.py``         requests, responses and redirects as values
``errors.py``       what can go wrong, by what the caller should do

Nothing here imports Airflow or an HTTP library, sleeps, or opens a socket; ``transports`` carries the flows.
"""
